package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"walletpasses.example/server/shared/tools/cost/bill"
)

// write writes the page.
func write(w io.Writer, a Assumptions, prices []Price) {
	fmt.Fprintf(w, "# What it costs\n\n")
	printEvents(w)
	printUpdates(w, a, prices)
	printMonth(w, a, prices)
	printPrices(w, prices)
}

// row writes a row of a table.
func row(w io.Writer, cells ...any) {
	texts := make([]string, len(cells))
	for n, cell := range cells {
		texts[n] = fmt.Sprint(cell)
	}
	fmt.Fprintf(w, "| %s |\n", strings.Join(texts, " | "))
}

// rule writes what stands below the head of a table: a letter for each column, l where it is text and r where it is numbers.
func rule(w io.Writer, columns string) {
	fmt.Fprintln(w, strings.NewReplacer("l", "|---", "r", "|---:").Replace(columns)+"|")
}

func printEvents(w io.Writer) {
	fmt.Fprintf(w, "## Counts\n\nOne pass on one phone. A read, write or deletion is of one Firestore document; a message is published and delivered once.\n\n")
	row(w, "Event", "Function", "Reads", "Writes", "Deletes", "Objects created, listed", "Objects read", "Messages", "Triggers", "Signatures", "Pushes", "Requests")
	rule(w, "llrrrrrrrrrr")
	for _, e := range bill.Events {
		o := e.Billed
		counts := []any{e.Event, e.Function}
		for _, n := range []int{o.Reads, o.Writes, o.Deletes, o.ObjectWrites, o.ObjectReads, o.Messages, o.Triggers, o.Signatures, o.Pushes, o.Invocations} {
			counts = append(counts, count(n))
		}
		row(w, counts...)
	}
	following := bill.Sum(bill.Written, bill.Changed, bill.Packaged, bill.Pushed, bill.Followed, bill.Fetched)
	whole := bill.Sum(bill.Written, bill.Changed, bill.Packaged, bill.Pushed, bill.Listed, bill.Fetched, bill.Next)
	for _, sum := range []struct {
		name string
		bill.Operations
	}{{"one update of many", following}, {"one update, and a list more", whole}} {
		fmt.Fprintf(w, "\nTogether, %s: %d reads, %d writes, %d object created, %d object read, %d messages with the trigger's.\n",
			sum.name, sum.Reads, sum.Writes, sum.ObjectWrites, sum.ObjectReads, sum.Messages+sum.Triggers)
	}
}

// count leaves nothing where there is nothing.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

func printUpdates(w io.Writer, a Assumptions, prices []Price) {
	fmt.Fprintf(w, "\n## A million updates\n\nHow one begins: %s. Devices of each pass: %v. A package: %v kB. Fetches answered 304: %v %%.\n"+
		"A remote call: %v ms. Requests that an instance serves at the same time: %v.\n\n", a.Road, a.Devices, a.Kilobytes, 100*a.Same, a.Wait, a.Together)
	million := make(Quantities)
	million.Add(1e6, a.Update())
	row(w, "Item", "Unit", "Used", "USD")
	rule(w, "llrr")
	for _, p := range prices {
		if million[p.Item] > 0 {
			row(w, p.What, p.Unit, number(million[p.Item]), money(p.Cost(million, false)))
		}
	}
	row(w, "", "", "", "**"+money(million.Total(prices, false))+"**")
}

func printMonth(w io.Writer, a Assumptions, prices []Price) {
	fmt.Fprintf(w, "\n## A month of %s passes\n\n%v updates and %v installs of each. Templates in use: %v.\n\n", number(a.Passes), a.Updates, a.Installs, a.Templates)
	all := make(Quantities)
	row(w, "What for", "USD")
	rule(w, "lr")
	for _, part := range a.Month() {
		row(w, part.Name, money(part.Used.Total(prices, false)))
		all.Add(1, part.Used)
	}
	row(w, "**together**", "**"+money(all.Total(prices, false))+"**")
	row(w, "after what is free each month", money(all.Total(prices, true)))
	if a.Passes > 0 {
		row(w, "for a million passes", money(all.Total(prices, false)*1e6/a.Passes))
	}
}

func printPrices(w io.Writer, prices []Price) {
	fmt.Fprintf(w, "\n## Prices\n\nUSD in us-central1, noted on %s. They change: see the pages.\n\n", Noted)
	row(w, "Item", "USD", "Free each month", "Known", "Page")
	rule(w, "lrrll")
	for _, p := range prices {
		row(w, p.What, fmt.Sprintf("%s for %s %s", strconv.FormatFloat(p.USD, 'f', -1, 64), number(p.Per), p.Unit), number(p.Free), p.Known, p.Source)
	}
}

// number writes a quantity with commas, and with decimals where it is small.
func number(n float64) string {
	if n < 100 {
		return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", n), "0"), ".")
	}
	digits := fmt.Sprintf("%.0f", n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

func money(usd float64) string { return fmt.Sprintf("%.2f", usd) }
