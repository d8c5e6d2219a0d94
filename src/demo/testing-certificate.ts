// A certificate for the tests alone: self-signed, for 127.0.0.1 and localhost, valid until 2120. Its key is public.

export const testKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgF0SCBdk4TYF4re1f
A1UyA9gFUuFrhtAqvGyQqADm+/ahRANCAASkRqlV8eT0/vcvh/eGBKceNRoi5jZF
MBmPUiZr0uisUf7PJ1DMKTcSQZETX5q8yvtQgyuWeXvw2xLdykrIr/xO
-----END PRIVATE KEY-----`

/** Good as a server's, as a client's (CN `stand-in.example.test`), and as the authority of both. */
export const testCertificate = `-----BEGIN CERTIFICATE-----
MIIBgDCCASWgAwIBAgIBATAKBggqhkjOPQQDAjAgMR4wHAYDVQQDDBVzdGFuZC1p
bi5leGFtcGxlLnRlc3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBa
MCAxHjAcBgNVBAMMFXN0YW5kLWluLmV4YW1wbGUudGVzdDBZMBMGByqGSM49AgEG
CCqGSM49AwEHA0IABKRGqVXx5PT+9y+H94YEpx41GiLmNkUwGY9SJmvS6KxR/s8n
UMwpNxJBkRNfmrzK+1CDK5Z5e/DbEt3KSsiv/E6jTjBMMBoGA1UdEQQTMBGHBH8A
AAGCCWxvY2FsaG9zdDAPBgNVHRMBAf8EBTADAQH/MB0GA1UdDgQWBBQJlQKSBxjb
DQR7vmHYRPZUrHLfQzAKBggqhkjOPQQDAgNJADBGAiEAr379G56azgT3o6dV7sW4
abXeWovG/N1XgrhWxzRdqH0CIQC8N3BVFFB5mm6APOfAzp+oZbPMCU0iE8LcHveK
p/YU8A==
-----END CERTIFICATE-----`
