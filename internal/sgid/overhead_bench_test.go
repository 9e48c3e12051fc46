package sgid

import (
	"crypto/rsa"
	"testing"
)

// knownCEK stands for an RSA operation that costs nothing.
type knownCEK struct{ cek []byte }

func (k knownCEK) oaep([]byte, bool) ([]byte, error) { return append([]byte(nil), k.cek...), nil }

// BenchmarkAroundRSA is what a response costs beside the RSA operation.
func BenchmarkAroundRSA(b *testing.B) {
	for _, form := range []struct {
		name string
		spec func([][2]string) answerSpec
	}{{"sdk", sdkSpec}, {"mockpass", mockPassSpec}} {
		b.Run("form="+form.name, func(b *testing.B) {
			body := form.spec(sampleFields(8, 24)).body(b)
			u, err := ParseUserInfo(body)
			if err != nil {
				b.Fatal(err)
			}
			j, err := ParseJWE(u.Key)
			if err != nil {
				b.Fatal(err)
			}
			cek, err := goRSA{testKey()}.oaep(j.EncryptedKey, j.Alg == AlgRSAOAEP256)
			if err != nil {
				b.Fatal(err)
			}
			d := &Decrypter{key: &rsa.PrivateKey{PublicKey: testKey().PublicKey}, engine: EngineGo, rsa: knownCEK{cek}}
			b.ReportAllocs()
			for b.Loop() {
				if _, data, err := d.DecryptUserInfo(body); err != nil || len(data) != 8 {
					b.Fatal(err)
				}
			}
		})
	}
}
