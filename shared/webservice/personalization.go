package webservice

import (
	"fmt"
	"net/http"

	"walletpasses.example/server/shared/wallet"
)

// maxPersonalization bounds the body of a sign-up, in bytes: a token, and a few lines that a person has typed.
const maxPersonalization = 8 << 10

// PersonalizationRequest reads the body of a sign-up, whatever its Content-Type says. One that is not what Apple documents is
// [wallet.ErrInvalid], a longer one [wallet.ErrTooLarge]; neither error shows what is in it.
// https://developer.apple.com/documentation/walletpasses/personalizationdictionary
func PersonalizationRequest(r *http.Request) (wallet.PersonalizationRequest, error) {
	var request wallet.PersonalizationRequest
	body, err := ReadBody(r, maxPersonalization)
	if err != nil {
		return request, err
	}
	// Neither the error nor the findings are wrapped: they may quote the body, and the body is about a person.
	object, findings, err := wallet.DecodeObject(body)
	if err != nil || findings.Err() != nil {
		return request, fmt.Errorf("%w: the body is not one JSON object with each member once", wallet.ErrInvalid)
	}
	token, isText := object["personalizationToken"].(string)
	members, isObject := object["requiredPersonalizationInfo"].(map[string]any)
	if !isText || !isObject {
		return request, fmt.Errorf("%w: the body has no personalizationToken or no requiredPersonalizationInfo", wallet.ErrInvalid)
	}
	if request.Token, err = wallet.ParsePersonalizationToken(token); err != nil {
		return wallet.PersonalizationRequest{}, err
	}
	if request.Info, err = wallet.ParsePersonalInfo(members); err != nil {
		return wallet.PersonalizationRequest{}, err
	}
	return request, nil
}
