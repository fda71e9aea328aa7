package main

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// A Price is what Google asks for an item in us-central1.
type Price struct {
	Item   string // by which [Quantities] name it
	What   string
	Unit   string
	USD    float64
	Per    float64 // so many units
	Free   float64 // units a month; Firestore's are so many a day, times 30
	Known  string  // "seen" on the price page, or "to be checked"
	Source string  // the price page
}

// Noted is the day on which the prices were written down. Prices change: see each one's page.
const Noted = "22 November 2026"

//go:embed prices.csv
var priceTable string

// Prices returns the price table in its order.
func Prices() ([]Price, error) {
	rows, err := csv.NewReader(strings.NewReader(priceTable)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("prices.csv: %w", err)
	}
	var prices []Price
	for n, row := range rows[1:] {
		p := Price{Item: row[0], What: row[1], Unit: row[2], Known: row[6], Source: row[7]}
		for column, number := range map[int]*float64{3: &p.USD, 4: &p.Per, 5: &p.Free} {
			if *number, err = strconv.ParseFloat(row[column], 64); err != nil {
				return nil, fmt.Errorf("prices.csv: line %d: %w", n+2, err)
			}
		}
		prices = append(prices, p)
	}
	return prices, nil
}

// Quantities are how much is used of each item of the price table.
type Quantities map[string]float64

// Add adds so many times as much as another uses.
func (q Quantities) Add(times float64, other Quantities) {
	for item, n := range other {
		q[item] += times * n
	}
}

// Cost returns what an item costs in USD, without or with what is free in a month.
func (p Price) Cost(q Quantities, free bool) float64 {
	used := q[p.Item]
	if free {
		used = max(0, used-p.Free)
	}
	return used / p.Per * p.USD
}

// Total returns what all of it costs in USD, without or with what is free in a month.
func (q Quantities) Total(prices []Price, free bool) float64 {
	var sum float64
	for _, p := range prices {
		sum += p.Cost(q, free)
	}
	return sum
}
