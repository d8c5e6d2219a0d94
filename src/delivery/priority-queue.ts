/** A binary min-heap. What is pushed in ascending order, the usual case here, is pushed in constant time. */
export class PriorityQueue<Item> {
  readonly #heap: { key: number; item: Item }[] = []

  get size(): number {
    return this.#heap.length
  }

  /** The smallest key, `undefined` if empty. */
  get firstKey(): number | undefined {
    return this.#heap[0]?.key
  }

  push(key: number, item: Item): void {
    const heap = this.#heap
    const node = { key, item }
    let at = heap.push(node) - 1
    while (at > 0) {
      const parentAt = (at - 1) >>> 1
      const parent = heap[parentAt]
      if (!parent || parent.key <= key) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = node
  }

  /** Takes the item with the smallest key. */
  pop(): { key: number; item: Item } | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (!last || first === last) return first
    let at = 0
    for (;;) {
      const leftAt = 2 * at + 1
      const left = heap[leftAt]
      if (!left) break
      const right = heap[leftAt + 1]
      const [childAt, child] = right && right.key < left.key ? [leftAt + 1, right] : [leftAt, left]
      if (child.key >= last.key) break
      heap[at] = child
      at = childAt
    }
    heap[at] = last
    return first
  }
}
