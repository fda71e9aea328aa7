// Package pkpass makes and checks signed passes, as Apple Wallet opens them:
//
//	source → manifest → signature → archive
//
// A [Source] is the files of a pass. Its manifest is a JSON object with the SHA-1 digest of each file. The signature is a
// detached CMS structure (RFC 5652) over the manifest's bytes, made by a [Signer] with the [Identity] of the pass type.
// [Package] puts all of it into one zip archive; [Verify] walks the same way back and says everything that a phone would
// refuse.
//
// The package is pure: no network, no disk, and the clock is passed in.
//
// https://developer.apple.com/documentation/walletpasses/building-a-pass
package pkpass

import (
	"fmt"
	"slices"
)

// Names of the files that every package has.
const (
	passName      = "pass.json"
	manifestName  = "manifest.json"
	signatureName = "signature"
)

// Package returns the source as a signed .pkpass archive. The same source gives the same manifest at any time; archives
// of it differ in the signature alone.
//
// What a phone would refuse for its files is refused here, as [wallet.Findings]. A signer of another pass type or team, or
// one that may not sign now, is any other error: the pass is not at fault, and signing it later may succeed.
func Package(source Source, signer *Signer) ([]byte, error) {
	return AppendPackage(nil, source, signer)
}

// AppendPackage is [Package] that appends the archive to dst. Who makes many packages keeps one buffer: apart from the
// signature, most of the cost of a package is the memory that it is written to.
func AppendPackage(dst []byte, source Source, signer *Signer) ([]byte, error) {
	if err := source.Check().Err(); err != nil {
		return nil, fmt.Errorf("package pass: %w", err)
	}
	if err := signer.fits(source); err != nil {
		return nil, fmt.Errorf("package pass: %w", err)
	}
	files := slices.Clone(source)
	sortByName(files)
	manifest := manifestOf(files)
	signature, err := signer.Sign(manifest)
	if err != nil {
		return nil, fmt.Errorf("package pass: %w", err)
	}
	files = append(files, unlisted(manifestName, manifest), unlisted(signatureName, signature))
	sortByName(files)
	return appendZip(dst, files), nil
}

// fits reports that pass.json names another pass type or team than the signer's certificate, which a phone refuses.
func (s *Signer) fits(source Source) error {
	pass, _ := source.File(passName)
	owner, err := ownerOf(pass.data)
	if err != nil {
		return err
	}
	return s.identity.checkOwner(owner.passType, owner.team)
}
