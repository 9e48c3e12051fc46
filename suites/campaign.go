package suites

import (
	"crypto/rsa"
	"time"

	"sgidcheck/internal/config"
	"sgidcheck/internal/judge"
	"sgidcheck/internal/login"
	"sgidcheck/internal/sgid"
)

// Campaign is what the checks of one run share: what was fetched once, and
// what has been seen so far.
type Campaign struct {
	Options
	schemas *schemas
	health

	discovery     *Exchange            // the response of the discovery endpoint
	metadata      *sgid.Metadata       // nil until fetched
	probed        map[string]*Exchange // what the advertised endpoints answered when first asked
	jwks          *Exchange
	keys          *sgid.KeySet
	published     []*sgid.KeySet      // every key set that was fetched
	roots         map[string]*judge.T // checks that found what others would find as well
	tokenMissing  bool                // an ordinary token request got 404, and so had another
	decrypters    map[*rsa.PrivateKey]*sgid.Decrypter
	login         *Login // the login that many checks share
	shared        *Visit // the same with its tokens
	failedLogin   *Login // the last try of it that led to no code
	loginFailures int
	ordinary      bool   // an ordinary login has led to a code
	redeemed      bool   // that of one was redeemed for tokens
	informed      bool   // the user data of one were had
	second        *Visit // the second client's, shared the same way
	secondWorked  bool   // it has led to tokens once

	other    *Visit // another person's at the first client
	noOther  bool   // another person's was tried for
	noSecond bool   // the second client's was

	keysAskedAgain bool // after a signature that did not verify, in IDT-17

	askedAgain bool   // a token was presented again and taken
	silentAt   string // the check in which a request got no response after that; empty: none

	good   []byte // the login page of a good request; nil until fetched, empty where there is none
	known  *login.GoodPage
	screen *login.Screen // what a browser shows of it; nil where none has looked
	looked bool

	exchanged [2]int      // right token requests of the first and the second client that were granted
	tentative []*Session  // the checks under way that hold by refusals, see refusedSoFar
	lockedOut [2]*lockout // the last one that was not granted, after refusals; nil: it was

	order order

	site *loginPlace // where an ordinary request leads, where that is another site; nil: it is not

	unknownCode string // how a code that is not known is refused: status and error; empty until asked

	clockNoted bool // the target's clock was found to be off, and that is noted

	fresh   *Login        // the last login as good as the shared one
	took    time.Duration // by the last login
	planned int           // logins that the run will take; more may turn out to be needed
	made    int           // logins that were asked of the driver
	absent  int           // of the last of those, how many in a row the driver could not make
	serving string        // the checks that share the login being made; empty: it is one check's own

	Seen Seen
}

// Seen collects, over the whole run, what the closing checks judge.
type Seen struct {
	Refusals       []*Exchange              // of the token endpoint, in the order they came
	ErrorReturns   []*AuthorizationResponse // redirects that carried an error back to the relying party
	Leaks          []Leak                   // answers that show the target's internals
	Grants         []*AuthorizationResponse // redirects that carried a code back
	TokenResponses []*Exchange              // every response of the token endpoint
	Issued         []Issued                 // every ID token that came for a login's code
	Codes          []string
	AccessTokens   []string
	Verifiers      []string            // of the codes that were redeemed
	Errors         []*Exchange         // every response with a 4xx or 5xx
	ErrorsDropped  int                 // those not kept, because those before them are too long
	longErrors     int                 // octets of the long ones that are kept
	UserInfos      []*UserInfoResponse // every response of the userinfo endpoint to a valid token
	Answers        []*UserInfoResponse // those of them that were opened
}

// client returns the first or second relying party.
func (c *Campaign) registration(second bool) *config.Registration {
	if second {
		return c.Config.Second
	}
	return &c.Config.First
}

func (c *Campaign) discoveryURL() string {
	url, err := sgid.DiscoveryURL(c.Config.Issuer)
	if err != nil {
		return c.Config.Issuer + "/.well-known/openid-configuration"
	}
	return url
}
