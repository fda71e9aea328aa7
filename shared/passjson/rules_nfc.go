package passjson

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"

	"walletpasses.example/server/shared/wallet"
)

var (
	oidECPublicKey = asn1.ObjectIdentifier{1, 2, 840, 10045, 2, 1}    // RFC 5480, section 2.1.1
	oidP256        = asn1.ObjectIdentifier{1, 2, 840, 10045, 3, 1, 7} // RFC 5480, section 2.1.1.1
)

// nfcRules warns of a key that no reader can agree with. The message's length is R14, from the table.
// https://developer.apple.com/documentation/walletpasses/pass/nfc-data.dictionary
func (c *checker) nfcRules() {
	nfc, _ := c.pass["nfc"].(map[string]any)
	if text, ok := nfc["encryptionPublicKey"].(string); ok && !isP256(text) {
		path := wallet.PointerTo(wallet.PointerTo(Root, "nfc"), "encryptionPublicKey")
		c.findings.Warnf(path, "NFC-KEY", "is not a P-256 public key; write its SubjectPublicKeyInfo in DER as Base64, on one line")
	}
}

// isP256 reads the Base64 of a SubjectPublicKeyInfo (RFC 5280, section 4.1) with a compressed or a whole point, which
// crypto/x509 would not take compressed.
func isP256(text string) bool {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return false
	}
	var info struct {
		Algorithm pkix.AlgorithmIdentifier
		PublicKey asn1.BitString
	}
	if rest, err := asn1.Unmarshal(der, &info); err != nil || len(rest) > 0 || !info.Algorithm.Algorithm.Equal(oidECPublicKey) {
		return false
	}
	var curve asn1.ObjectIdentifier
	if _, err := asn1.Unmarshal(info.Algorithm.Parameters.FullBytes, &curve); err != nil || !curve.Equal(oidP256) {
		return false
	}
	point := info.PublicKey.RightAlign()
	if x, _ := elliptic.UnmarshalCompressed(elliptic.P256(), point); x != nil {
		return true
	}
	_, err = ecdh.P256().NewPublicKey(point)
	return err == nil
}
