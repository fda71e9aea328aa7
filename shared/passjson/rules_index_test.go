package passjson_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ruleTests says which test has a passing and a failing case of each rule: those that this package finds, the conditional
// rules of the table, and the specification's rules about what stands in pass.json, which it may find under another name.
var ruleTests = map[string]func(*testing.T){
	"R1": TestScenario20_R1, "R2": TestScenario20_R2, "R3": TestScenario20_R3, "R4": TestScenario20_R4, "R5": TestScenario20_R5,
	"R6": TestScenario20_R6, "R7": TestScenario20_R7, "R8": TestScenario20_R8, "R9": TestScenario20_R9, "R10": TestScenario20_R10,
	"R11": TestScenario20_R11, "R13": TestScenario20_R13, "R14": TestScenario20_R14, "R15": TestScenario20_R15,

	"REJ-4": TestRequiredKeys, "REJ-12": TestFormats, "REJ-13": TestRequiredKeys, "REJ-17": TestWebService,
	"REJ-5": TestScenario20_R3, "REJ-14": TestScenario20_R6, "REJ-15": TestScenario20_R4, "REJ-19": TestScenario20_R3,
	"REJ-20": TestSTY4_PosterEventTicket,

	"STY-1": TestScenario20_R3, "STY-2": TestScenario20_R3, "STY-3": TestSTY3_SchemeOrder, "STY-4": TestSTY4_PosterEventTicket,

	"FLD-1": TestFLD_Display, "FLD-2": TestScenario20_R6, "FLD-3": TestFLD_Display, "FLD-4": TestFLD_Display, "FLD-5": TestFLD_Display,
	"FLD-6": TestFLD_Display, "FLD-7": TestScenario20_R8, "FLD-8": TestFLD_Display, "FLD-9": TestScenario20_R5,

	"P-19": TestWebService, "P-21": TestIdentity, "P-36": TestScenario20_R7, "P-37": TestValues, "P-38": TestSTY4_PosterEventTicket,
	"P-39": TestScenario20_R3, "P-40": TestWithFallbacks, "WS-3": TestWebService, "WS-4": TestWebService,
	"PKG-2": TestIcon, "LOC-6": TestLocalizedImages, "LOC-7": TestLocalizedImages,

	"KEY-ENUM": TestEveryKeyOfTheTable, "KEY-FORMAT": TestFormats, "KEY-RANGE": TestValues, "KEY-REQUIRES": TestRequiredKeys,
	"KEY-UNKNOWN": TestNoKeyIsLost, "KEY-STYLE": TestWarnings, "KEY-DEPRECATED": TestWarnings, "KEY-EMPTY": TestIdentity,
	"BARCODE-ENCODING": TestBarcodes, "BARCODE-MESSAGE": TestBarcodeMessages, "BARCODE-CHECK-DIGIT": TestBarcodeMessages,
	"BARCODE-CAPACITY": TestBarcodeMessages, "BARCODE-LEGACY": TestBarcodes, "BARCODE-ORDER": TestScenario20_R15,
	"CURRENCY-UNKNOWN": TestUnknownCodes, "TIME-ZONE-UNKNOWN": TestUnknownCodes, "FIELD-LIMIT": TestEveryLimitOfTheTable,
	"TEXT-CUT": TestTextCut, "TEXT-UNREADABLE": TestUnreadableText, "EVENT-GUIDE": TestSTY4_PosterEventTicket,
	"RELEVANCE": TestRelevance, "DATE-ORDER": TestRelevance, "NFC-KEY": TestNFCKey, "TAG-WORD": TestSemanticTags, "TAG-IATA": TestSemanticTags,
	"UPCOMING-IDENTIFIER": TestUpcomingPassInformation, "PERSONALIZATION": TestPersonalization, "FINDINGS-LIMIT": TestFindingsLimit,
	"IMAGE-SCALE": TestIcon, "IMAGE-SIZE": TestEveryImageSlotOfTheTable, "IMAGE-UNUSED": TestEveryImageSlotOfTheTable,
}

// rulePattern is a rule's number or name, as a whole string.
var rulePattern = regexp.MustCompile(`^(R\d+|[A-Z]+(-[A-Z]+)*-\d+|RELEVANCE|PERSONALIZATION|` +
	`(BARCODE|CURRENCY|DATE|EVENT|FIELD|FINDINGS|IMAGE|KEY|NFC|TAG|TEXT|TIME|UPCOMING)(-[A-Z]+)+)$`)

// Every rule that the package finds has its test, and is in the package's list of rules, which has no other names.
func TestEveryRuleHasATest(t *testing.T) {
	found := rulesInSource(t)
	list, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	numbered := regexp.MustCompile(`\d$`)
	for rule := range found {
		if ruleTests[rule] == nil {
			t.Errorf("%s has no test", rule)
		}
		if !numbered.MatchString(rule) && !regexp.MustCompile(`\b`+rule+`\b[^\n]*:`).Match(list) {
			t.Errorf("%s is not in the list of doc.go", rule)
		}
	}
	for rule := range ruleTests {
		if !found[rule] && !numbered.MatchString(rule) {
			t.Errorf("%s is tested and never found", rule)
		}
	}
}

// Every conditional rule of the table has its test. R12 is REJ-6, which is about the certificate and has its test in
// package pkpass.
func TestEveryConditionalRuleHasATest(t *testing.T) {
	rules := readDrawings(t).ConditionalRules
	if len(rules) < 15 {
		t.Errorf("the table has %d rules", len(rules))
	}
	for _, rule := range rules {
		if rule.ID != "R12" && ruleTests[rule.ID] == nil {
			t.Errorf("%s has no test", rule.ID)
		}
	}
}

// rulesInSource collects the rule ids in the strings of the package itself.
func rulesInSource(t *testing.T) map[string]bool {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text := strings.Trim(literal.Value, "\"`"); rulePattern.MatchString(text) {
					found[text] = true
				}
			}
			return true
		})
	}
	return found
}
