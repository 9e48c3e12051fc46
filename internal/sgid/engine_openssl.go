//go:build cgo && unix

package sgid

// #cgo LDFLAGS: -ldl
// #cgo noescape sgid_oaep
// #cgo nocallback sgid_oaep
// #include <dlfcn.h>
// #include <stddef.h>
// #include <stdlib.h>
//
// // The few functions of libcrypto that are used, as OpenSSL 1.1.1 and 3 declare them.
// static struct {
// 	void *(*d2i_AutoPrivateKey)(void **, const unsigned char **, long);
// 	void (*EVP_PKEY_free)(void *);
// 	void *(*EVP_PKEY_CTX_new)(void *, void *);
// 	void (*EVP_PKEY_CTX_free)(void *);
// 	int (*EVP_PKEY_CTX_ctrl)(void *, int, int, int, int, void *);
// 	int (*EVP_PKEY_decrypt_init)(void *);
// 	int (*EVP_PKEY_decrypt)(void *, unsigned char *, size_t *, const unsigned char *, size_t);
// 	const void *(*EVP_sha1)(void);
// 	const void *(*EVP_sha256)(void);
// 	void (*ERR_clear_error)(void);
// } lib;
//
// static int sgid_load(const char *name) {
// 	void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
// 	if (!handle) return 0;
// 	#define LOAD(f) if (!(*(void **)&lib.f = dlsym(handle, #f))) return 0;
// 	LOAD(d2i_AutoPrivateKey) LOAD(EVP_PKEY_free)
// 	LOAD(EVP_PKEY_CTX_new) LOAD(EVP_PKEY_CTX_free) LOAD(EVP_PKEY_CTX_ctrl)
// 	LOAD(EVP_PKEY_decrypt_init) LOAD(EVP_PKEY_decrypt)
// 	LOAD(EVP_sha1) LOAD(EVP_sha256) LOAD(ERR_clear_error)
// 	return 1;
// }
//
// static void sgid_free_ctx(void *ctx) { lib.EVP_PKEY_CTX_free(ctx); }
//
// // A context for RSAES-OAEP decryption, with a key of its own and one digest for
// // label and mask. The numbers are EVP_PKEY_RSA and the controls of openssl/rsa.h.
// static void *sgid_ctx(const unsigned char *der, long len, int sha256) {
// 	void *md = (void *)(sha256 ? lib.EVP_sha256() : lib.EVP_sha1());
// 	void *key = lib.d2i_AutoPrivateKey(NULL, &der, len);
// 	void *ctx = key ? lib.EVP_PKEY_CTX_new(key, NULL) : NULL;
// 	if (key) lib.EVP_PKEY_free(key); // the context holds it from here
// 	if (ctx && lib.EVP_PKEY_decrypt_init(ctx) == 1
// 		&& lib.EVP_PKEY_CTX_ctrl(ctx, 6, -1, 0x1001, 4, NULL) == 1
// 		&& lib.EVP_PKEY_CTX_ctrl(ctx, 6, -1, 0x1009, 0, md) == 1
// 		&& lib.EVP_PKEY_CTX_ctrl(ctx, 6, -1, 0x1005, 0, md) == 1)
// 		return ctx;
// 	if (ctx) lib.EVP_PKEY_CTX_free(ctx);
// 	lib.ERR_clear_error();
// 	return NULL;
// }
//
// // The plaintext's length, or -1. out has room for the modulus.
// static int sgid_oaep(void *ctx, unsigned char *out, const unsigned char *in, int size) {
// 	size_t n = size;
// 	if (lib.EVP_PKEY_decrypt(ctx, out, &n, in, size) == 1) return (int)n;
// 	lib.ERR_clear_error();
// 	return -1;
// }
import "C"

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"

	"sgidcheck/internal/libcrypto"
)

// openSSL loads libcrypto once and gives its version text.
var openSSL = sync.OnceValues(func() (version string, err error) {
	name, version, err := libcrypto.Load()
	if err != nil {
		return "", err
	}
	file := C.CString(name)
	defer C.free(unsafe.Pointer(file))
	if C.sgid_load(file) != 1 {
		return "", fmt.Errorf("libcrypto %s lacks a function that is needed", name)
	}
	return version, nil
})

// openSSLRSA holds contexts of libcrypto, each with its own copy of the key.
// Making one for each operation, as the openssl package does, costs microseconds
// and takes locks in OpenSSL 3.0; a key that is shared has its blinding locked
// and its cache lines bounced. Both keep two cores from doing the work of two.
type openSSLRSA struct {
	der  []byte // the key, as PKCS #1
	size int
	idle [2]chan unsafe.Pointer // contexts not in use, for SHA-1 and SHA-256
}

func newOpenSSL(key *rsa.PrivateKey) (rsaEngine, error) {
	if _, err := openSSL(); err != nil {
		return nil, err
	}
	e := &openSSLRSA{der: x509.MarshalPKCS1PrivateKey(key), size: key.Size()}
	for i := range e.idle {
		e.idle[i] = make(chan unsafe.Pointer, 4*runtime.NumCPU())
	}
	ctx, err := e.context(1)
	if err != nil {
		return nil, err
	}
	e.idle[1] <- ctx
	runtime.AddCleanup(e, freeOpenSSL, e.idle)
	return e, nil
}

func (e *openSSLRSA) context(sha256 C.int) (unsafe.Pointer, error) {
	ctx := C.sgid_ctx((*C.uchar)(&e.der[0]), C.long(len(e.der)), sha256)
	if ctx == nil {
		return nil, errors.New("libcrypto does not take the key for RSA-OAEP with this digest")
	}
	return ctx, nil
}

func freeOpenSSL(all [2]chan unsafe.Pointer) {
	for _, idle := range all {
		for len(idle) > 0 {
			C.sgid_free_ctx(<-idle)
		}
	}
}

func (e *openSSLRSA) oaep(ciphertext []byte, with256 bool) ([]byte, error) {
	if len(ciphertext) != e.size {
		return nil, ErrDecrypt
	}
	idle, sha256 := e.idle[0], C.int(0)
	if with256 {
		idle, sha256 = e.idle[1], 1
	}
	var ctx unsafe.Pointer
	select {
	case ctx = <-idle:
	default:
		var err error
		if ctx, err = e.context(sha256); err != nil {
			return nil, err
		}
	}
	out := make([]byte, e.size)
	n := C.sgid_oaep(ctx, (*C.uchar)(&out[0]), (*C.uchar)(&ciphertext[0]), C.int(e.size))
	select {
	case idle <- ctx:
	default:
		C.sgid_free_ctx(ctx)
	}
	runtime.KeepAlive(e)
	if n < 0 {
		return nil, ErrDecrypt // libcrypto's own text adds nothing that a caller may know
	}
	return out[:n], nil
}
