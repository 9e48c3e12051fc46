package loadtest

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jwe"

	"sgidcheck/internal/run"
	"sgidcheck/internal/sgid"
)

// decryptKey is a client's key, made for the run, with a Decrypter for each engine.
type decryptKey struct {
	bits       int
	private    *rsa.PrivateKey
	decrypters map[string]*sgid.Decrypter
}

func (k *decryptKey) decrypter(engine string) (*sgid.Decrypter, error) {
	if d := k.decrypters[engine]; d != nil {
		return d, nil
	}
	d, err := sgid.NewDecrypter(k.private, engine)
	if err == nil {
		k.decrypters[engine] = d
	}
	return d, err
}

// decryptAnswer is one userinfo response to be opened over and over.
type decryptAnswer struct {
	key          *decryptKey
	alg          string
	fields, size int
	body         []byte
	encryptedKey []byte // what the RSA operation is done on
	plaintexts   map[string]string
}

// answer encrypts a response of the given shape. The algorithms beside alg are
// those seen together with it: the SDK's test fixtures use RSA-OAEP-256 with
// A256GCM and fields in A128GCMKW with A128GCM, MockPass RSA-OAEP with
// A128CBC-HS256 and fields in dir with A256GCM.
func (b *decryptBench) answer(bits int, alg string, fields, size int) (*decryptAnswer, error) {
	key := b.keys[bits]
	if key == nil {
		private, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			return nil, err
		}
		key = &decryptKey{bits: bits, private: private, decrypters: map[string]*sgid.Decrypter{}}
		b.keys[bits] = key
	}
	keyEnc, dataAlg, dataEnc, blockKey := jwa.A256GCM, jwa.A128GCMKW, jwa.A128GCM, make([]byte, 16)
	if alg == sgid.AlgRSAOAEP {
		keyEnc, dataAlg, dataEnc, blockKey = jwa.A128CBC_HS256, jwa.DIRECT, jwa.A256GCM, make([]byte, 32)
	}
	rand.Read(blockKey)
	jwk, err := json.Marshal(map[string]string{"kty": "oct", "k": base64.RawURLEncoding.EncodeToString(blockKey)})
	if err != nil {
		return nil, err
	}
	sealedKey, err := jwe.Encrypt(jwk, jwe.WithKey(jwa.KeyEncryptionAlgorithm(alg), &key.private.PublicKey), jwe.WithContentEncryption(keyEnc))
	if err != nil {
		return nil, err
	}
	a := &decryptAnswer{key: key, alg: alg, fields: fields, size: size, plaintexts: map[string]string{}}
	data := map[string]string{}
	for i := range fields {
		plaintext := make([]byte, size)
		for j := range plaintext {
			plaintext[j] = 'A' + byte((i+j)%26)
		}
		sealed, err := jwe.Encrypt(plaintext, jwe.WithKey(dataAlg, blockKey), jwe.WithContentEncryption(dataEnc))
		if err != nil {
			return nil, err
		}
		name := decryptFieldName(i)
		data[name], a.plaintexts[name] = string(sealed), string(plaintext)
	}
	a.body, err = json.Marshal(struct {
		Sub  string            `json:"sub"`
		Key  string            `json:"key"`
		Data map[string]string `json:"data"`
	}{"u=00000000-0000-4000-8000-000000000000", string(sealedKey), data})
	if err != nil {
		return nil, err
	}
	parsed, err := sgid.ParseJWE(string(sealedKey))
	if err != nil {
		return nil, err
	}
	a.encryptedKey = parsed.EncryptedKey
	return a, nil
}

// decryptFieldName takes the catalogue's names in turn, openid left out.
func decryptFieldName(i int) string {
	if scopes := sgid.Scopes(); i+1 < len(scopes) {
		return scopes[i+1].Name
	}
	return fmt.Sprintf("extra.field_%d", i)
}

var errDecryptWrong = errors.New("decrypts to something else than was encrypted")

// check opens the response once and holds it against what was encrypted.
func (a *decryptAnswer) check(d *sgid.Decrypter) error {
	_, data, err := d.DecryptUserInfo(a.body)
	if err != nil {
		return err
	}
	for name, want := range a.plaintexts {
		if data[name] != want {
			return errDecryptWrong
		}
	}
	return nil
}

// open is the operation of a cell: response bytes to plaintexts.
func (a *decryptAnswer) open(d *sgid.Decrypter) func() error {
	return func() error {
		_, data, err := d.DecryptUserInfo(a.body)
		if err == nil && len(data) != a.fields {
			return errDecryptWrong
		}
		return err
	}
}

// floor is the raw RSA operation of the same engine on the same ciphertext.
func (a *decryptAnswer) floor(d *sgid.Decrypter) func() error {
	return func() error {
		_, err := d.RawRSA(a.encryptedKey, a.alg)
		return err
	}
}

// split measures for about d, on one goroutine, where a response's time goes and
// how many objects it allocates. void says why it could not.
func (a *decryptAnswer) split(d *sgid.Decrypter, during time.Duration, measure decryptMeter) (split run.Split, allocs float64, void string, err error) {
	var whole sgid.Split
	n := 0
	wanted := max(1, int(during/decryptSlice))
	var lost []float64
	for good := 0; good < wanted; {
		if len(lost) > decryptPatience*wanted+decryptMoreTurns {
			return run.Split{}, 0, decryptDisturbed(lost, good+len(lost)), nil
		}
		var sum sgid.Split
		times := 0
		turn, err := measure(1, decryptSlice, func() error {
			times++
			_, _, err := d.DecryptUserInfoSplit(a.body, &sum)
			return err
		})
		if err != nil {
			return run.Split{}, 0, "", err
		}
		if turn.disturbed() {
			lost = append(lost, turn.share)
			continue
		}
		good++
		n += times
		whole.RSA, whole.AES, whole.KeyImport, whole.Parse = whole.RSA+sum.RSA, whole.AES+sum.AES, whole.KeyImport+sum.KeyImport, whole.Parse+sum.Parse
	}
	us := func(t time.Duration) float64 { return float64(t.Nanoseconds()) / 1e3 / float64(n) }
	split = run.Split{RSA: us(whole.RSA), AES: us(whole.AES), KeyImport: us(whole.KeyImport), Parse: us(whole.Parse)}

	const runs = 20
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		if err := a.open(d)(); err != nil {
			return run.Split{}, 0, "", err
		}
	}
	runtime.ReadMemStats(&after)
	return split, float64((after.Mallocs - before.Mallocs) / runs), "", nil
}
