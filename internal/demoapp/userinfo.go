package demoapp

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"unicode/utf8"

	"sgidcheck/internal/sgid"
)

// userInfo fetches the data of the person sub and decrypts what was asked for.
func (a *App) userInfo(ctx context.Context, token, sub string, l *attempt) (map[string]string, error) {
	r, err := a.conduct.userInfoRequest(ctx, l.endpoints.UserInfo, token)
	if err != nil {
		return nil, err
	}
	var members map[string]any
	if err := a.fetchJSON(r, &members); err != nil {
		return nil, err
	}
	if err := a.conduct.sameSubject(sub, members); err != nil {
		return nil, err
	}
	data, err := a.decrypt(members)
	if err != nil {
		return nil, err
	}
	for _, edit := range a.conduct.editData {
		if err := edit(data); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// getWithToken puts the access token where it belongs (RFC6750 2.1).
func getWithToken(ctx context.Context, to, token string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	return r, nil
}

// sameSubject refuses the data of another person (OIDC-CORE 5.3.2).
func sameSubject(want string, members map[string]any) error {
	if members["sub"] != want {
		return refusal("the data are another person's")
	}
	return nil
}

// decrypt opens the block key, and with it every field that was asked for
// (SGID-SDK). Where there is no data, there need be no key.
func (a *App) decrypt(members map[string]any) (map[string]string, error) {
	fields := map[string]string{}
	data, isObject := members["data"].(map[string]any)
	if members["data"] != nil && !isObject {
		return nil, refusal("the data are no object")
	}
	if len(data) == 0 {
		return fields, nil
	}
	blockKey, err := a.openBlockKey(members["key"])
	if err != nil {
		return nil, err
	}
	for name, value := range data {
		if !slices.Contains(a.settings.Scopes, name) {
			continue
		}
		text, isText := value.(string)
		if !isText {
			return nil, refusal("a field is no text")
		}
		if fields[name], err = a.conduct.readField(name, text, blockKey); err != nil {
			return nil, err
		}
		if !utf8.ValidString(fields[name]) {
			return nil, refusal("a field is not UTF-8")
		}
	}
	return fields, nil
}

// openBlockKey decrypts the key of the fields, a JWK of type oct.
func (a *App) openBlockKey(value any) ([]byte, error) {
	text, _ := value.(string)
	plain, err := a.conduct.openKey(text)
	if err != nil {
		return nil, err
	}
	var key struct {
		Type string `json:"kty"`
		K    string `json:"k"`
	}
	if json.Unmarshal(plain, &key) != nil || key.Type != "oct" {
		return nil, refusal("the key of the data is no symmetric key")
	}
	octets, err := decodeBase64(key.K)
	if err != nil || len(octets) < 16 {
		return nil, refusal("the key of the data is too short")
	}
	return octets, nil
}

// openKey decrypts the key of the fields.
func (a *App) openKey(text string) ([]byte, error) {
	part, err := parseJWE(text)
	if err != nil {
		return nil, refusal("there are data without a key that can be read")
	}
	if err := a.conduct.headersAllowed(part, a.conduct.keyAlgorithms); err != nil {
		return nil, err
	}
	plain, err := a.conduct.open(part, a.key)
	if err != nil {
		return nil, refusal("the key of the data cannot be decrypted")
	}
	return plain, nil
}

// openField decrypts one field.
func (a *App) openField(_, value string, blockKey []byte) (string, error) {
	part, err := parseJWE(value)
	if err != nil {
		return "", refusal("a field is not encrypted")
	}
	if err := a.conduct.headersAllowed(part, a.conduct.fieldAlgorithms); err != nil {
		return "", err
	}
	if size := keySizes[part.header.text("alg")]; size != 0 && size != len(blockKey) {
		return "", refusal("the key of the data has another length than the algorithm takes")
	}
	plain, err := a.conduct.open(part, blockKey)
	if err != nil {
		return "", refusal("a field cannot be decrypted")
	}
	return string(plain), nil
}

// keySizes are the lengths in octets that algorithms fix; that of dir follows
// from the content's algorithm, and jwx sees to it.
var keySizes = map[string]int{sgid.AlgA128GCMKW: 16, sgid.AlgA256GCMKW: 32}
