/** For tests: log groups by a protobuf library and the service's own definition of its messages. */
import protobuf from 'protobufjs'

const definition = `
syntax = "proto2";
message LogContent { required string Key = 1; required string Value = 2; }
message Log { required uint32 Time = 1; repeated LogContent Contents = 2; optional fixed32 TimeNs = 4; }
message LogTag { required string Key = 1; required string Value = 2; }
message LogGroup {
  repeated Log Logs = 1;
  optional string Category = 2;
  optional string Topic = 3;
  optional string Source = 4;
  optional string MachineUUID = 5;
  repeated LogTag LogTags = 6;
}`

const message = protobuf.parse(definition, { keepCase: true }).root.lookupType('LogGroup')

export interface LogGroup {
  readonly Logs: readonly Log[]
  readonly Topic?: string
  readonly Source?: string
}

export interface Log {
  readonly Time: number
  readonly Contents: readonly { readonly Key: string; readonly Value: string }[]
}

/** Throws where the bytes are no log group. */
export function decodeLogGroup(bytes: Uint8Array): LogGroup {
  const { Logs = [], ...rest } = message.toObject(message.decode(bytes), {
    arrays: true,
  }) as Partial<LogGroup>
  return { ...rest, Logs }
}

export function encodeLogGroup(group: LogGroup): Uint8Array {
  return message.encode(message.fromObject(group)).finish()
}

/** The values of a log by their keys; a key that is there twice counts once. */
export function valuesOf({ Contents }: Log): Readonly<Record<string, string>> {
  return Object.fromEntries(Contents.map(({ Key, Value }) => [Key, Value]))
}
