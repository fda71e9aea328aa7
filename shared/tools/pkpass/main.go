// Command pkpass is the tool to reach for when a phone says no: it checks passes, shows what is in them, signs them, and
// looks after the certificates.
//
//	go run ./shared/tools/pkpass verify [-json] [-root FILE] FILE
//	go run ./shared/tools/pkpass inspect FILE
//	go run ./shared/tools/pkpass sign DIR [-data FILE] [-certs DIR] [-type PASSTYPE] [-serial SERIAL] [-out FILE]
//	go run ./shared/tools/pkpass certificate [-key KEY] [-wwdr FILE] [-password-file FILE] FILE
//	go run ./shared/tools/pkpass certificate -pem [-password-file FILE] [-out FILE] FILE.p12
//	go run ./shared/tools/pkpass certificate -request [-key KEY] [-out NAME]
//	go run ./shared/tools/pkpass diff A B
//
// It exits with 0 when nothing is wrong, 1 when something is wrong with what it was given, and 2 when it could not look. Flags
// may stand before and after the files. Nothing it prints holds a private key, unless that is asked for, or a whole
// authentication token.
//
// A KEY is a file, or gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V for one that stays in Cloud
// KMS. The same reference may stand in place of the private key in the folder of sign.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"walletpasses.example/server/shared/gcp/kms"
	"walletpasses.example/server/shared/pkpass"
)

func main() {
	t := tool{stdout: os.Stdout, stderr: os.Stderr, now: time.Now, openKey: kms.Opener()}
	os.Exit(t.run(os.Args[1:]))
}

// A tool is one run of the command.
type tool struct {
	stdout, stderr io.Writer
	now            func() time.Time
	openKey        pkpass.KeyOpener // opens the keys that are not files
}

// A verb is one thing that the tool does.
type verb struct {
	name  string
	usage string // what follows the name
	about string
	do    func(t tool, args []string) error
}

func verbs() []verb {
	return []verb{
		{"verify", "[-json] [-root FILE] FILE", `say everything that is wrong with a .pkpass or .pkpasses, but for one thing:
        whether the certificate was revoked, only Apple knows. -root trusts the certificates of a file in place of Apple's`, tool.verify},
		{"inspect", "FILE", "show what is inside", tool.inspect},
		{"sign", "DIR [-data FILE] [-certs DIR] [-type PASSTYPE] [-serial SERIAL] [-out FILE]", `make a package of a template folder
        -data is JSON with the values for its placeholders, -certs the folder of PASSTYPE.pem or .p12 ("certs" when left out)`, tool.sign},
		{"certificate", "[-key KEY] [-wwdr FILE] [-password-file FILE] FILE", `say what it is for, and what is wrong with it
        KEY is a file, or gcpkms://… for a key in Cloud KMS`, tool.certificate},
		{"certificate", "-pem [-password-file FILE] [-out FILE] FILE.p12", "turn a .p12 into PEM", tool.certificate},
		{"certificate", "-request [-key gcpkms://…] [-out NAME]", `make the request that Apple's portal asks for: NAME.certSigningRequest
        and NAME.key with a new private key, unless the key is in Cloud KMS`, tool.certificate},
		{"diff", "A B", "say what changed, and what a phone would announce", tool.diff},
	}
}

// What a verb's error means for the exit, unless it is anything else: that it could not look.
var (
	// errWrong says that something is wrong with what was given, and that it has been said.
	errWrong = errors.New("something is wrong")
	// errUsage is wrapped by a wrong use, and by nothing else.
	errUsage = errors.New("wrong use")
)

// run does what the arguments say and returns the exit status: 0, 1 when something is wrong with what it was given, or 2.
func (t tool) run(args []string) int {
	if len(args) == 0 {
		t.help(t.stderr, "")
		return 2
	}
	name := args[0]
	if slices.Contains([]string{"-h", "-help", "--help", "help"}, name) {
		t.help(t.stdout, "")
		return 0
	}
	all := verbs()
	i := slices.IndexFunc(all, func(v verb) bool { return v.name == name })
	if i < 0 {
		fmt.Fprintf(t.stderr, "pkpass: there is no verb %.40q\n", name)
		t.help(t.stderr, "")
		return 2
	}
	switch err := all[i].do(t, args[1:]); {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		t.help(t.stdout, name)
		return 0
	case errors.Is(err, errWrong):
		return 1
	case errors.Is(err, errUsage):
		fmt.Fprintf(t.stderr, "pkpass %s: %v\n", name, err)
		t.help(t.stderr, name)
		return 2
	default:
		fmt.Fprintf(t.stderr, "pkpass %s: %v\n", name, err)
		return 2
	}
}

// help prints how a verb is used, or all of them.
func (t tool) help(out io.Writer, name string) {
	fmt.Fprintln(out, "usage:")
	for _, v := range verbs() {
		if name == "" || v.name == name {
			fmt.Fprintf(out, "  pkpass %s %s\n        %s\n", v.name, v.usage, v.about)
		}
	}
	fmt.Fprintln(out, "exit status: 0 nothing is wrong, 1 something is, 2 could not look")
}

// parse reads flags that stand before, between and after the files, and returns the files.
func parse(flags *flag.FlagSet, args []string) ([]string, error) {
	flags.SetOutput(io.Discard)
	var files []string
	for {
		if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return nil, err
		} else if err != nil {
			return nil, fmt.Errorf("%w: %v", errUsage, err)
		}
		if flags.NArg() == 0 {
			return files, nil
		}
		files, args = append(files, flags.Arg(0)), flags.Args()[1:]
	}
}

// count wants as many files as a verb has.
func count(files []string, wanted int) error {
	if len(files) != wanted {
		return fmt.Errorf("%w: there are %s, and it takes %d", errUsage, plural(len(files), "file"), wanted)
	}
	return nil
}
