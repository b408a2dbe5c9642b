package todo

import (
	"cmp"
	"fmt"
	"time"
)

// A Date is a civil date, the count of days since 0000-12-31 in the proleptic
// Gregorian calendar. The zero Date is no date at all, which [Date.Compare]
// puts after all others.
type Date int32

// The first and the last date there is.
const (
	MinDate Date = 1       // 0001-01-01
	MaxDate Date = 3652059 // 9999-12-31
)

const unixEpoch = 719163 // 1970-01-01 as a Date

// NewDate returns the date of a year from 1 to 9999, a month and a day; ok is
// false where the calendar has no such day.
func NewDate(year int, month time.Month, day int) (date Date, ok bool) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	y, m, d := t.Date()
	if y != year || m != month || d != day || year < 1 || year > 9999 {
		return 0, false
	}
	return dateOf(t), true
}

// DateOf returns the day that t's clock shows in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return dateOf(time.Date(y, m, d, 0, 0, 0, 0, time.UTC))
}

func dateOf(midnight time.Time) Date {
	return Date(midnight.Unix()/86400 + unixEpoch)
}

// Time returns midnight UTC of the date.
func (d Date) Time() time.Time {
	return time.Unix((int64(d)-unixEpoch)*86400, 0).UTC()
}

// Valid tells whether d is no date or one from [MinDate] to [MaxDate].
func (d Date) Valid() bool { return d >= 0 && d <= MaxDate }

// Compare orders dates by time, with no date last.
func (d Date) Compare(other Date) int {
	return cmp.Compare(uint32(d)-1, uint32(other)-1) // 0-1 wraps around to the largest
}

// String returns the date as YYYY-MM-DD, or "" for no date.
func (d Date) String() string { return string(d.Append(nil)) }

// Append appends what [Date.String] returns.
func (d Date) Append(b []byte) []byte {
	if d == 0 {
		return b
	}
	year, month, day := d.Time().Date()
	return append(b,
		byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10), '-',
		byte('0'+month/10), byte('0'+month%10), '-',
		byte('0'+day/10), byte('0'+day%10))
}

// addMonths returns the date n months later. A month that is too short ends at
// its last day: 31 January and one month is the last of February.
func (d Date) addMonths(n int) (Date, bool) {
	year, month, day := d.Time().Date()
	months := year*12 + int(month) - 1 + n
	year, month = months/12, time.Month(months%12+1)
	if months < 12 || year > 9999 {
		return 0, false
	}
	last := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
	return NewDate(year, month, min(day, last))
}

// addDays returns the date n days later, unless that is no date.
func (d Date) addDays(n int) (Date, bool) {
	days := int(d) + n
	return Date(days), days >= int(MinDate) && days <= int(MaxDate)
}

// A Span is the dates from From to To, both among them, in the order of
// [Date.Compare]: a span that ends with no date holds entries without one.
type Span struct {
	From, To Date
	Status   *Status // nil: of any status
}

// Always is the span of all entries.
var Always = Span{From: MinDate}

// Due is the span of what must be done on a day or before.
func Due(today Date) Span { return Span{From: MinDate, To: today} }

// String returns FROM..TO, for messages.
func (s Span) String() string { return fmt.Sprintf("%v..%v", s.From, s.To) }
