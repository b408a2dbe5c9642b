package format

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"todoshell/todo"
)

var columns = []string{"id", "date", "status", "title"}

func writeCSV(w io.Writer, entries iter.Seq[todo.Entry]) error {
	out := csv.NewWriter(w)
	if err := out.Write(columns); err != nil {
		return err
	}
	for e := range entries {
		row := []string{strconv.FormatUint(e.ID, 10), e.Date.String(), e.Status.String(), e.Title}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func readCSV(in io.Reader) ([]todo.Entry, error) {
	rows := &records{in: in}
	r := csv.NewReader(rows)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, atLine(1, csvError(err))
	}
	var at [4]int // where the columns are in a row, -1: nowhere
	for i, column := range columns {
		at[i] = slices.IndexFunc(head, func(name string) bool {
			return strings.EqualFold(strings.TrimSpace(name), column)
		})
	}
	if at[3] < 0 {
		return nil, atLine(1, &todo.Error{
			Code:    BadImport,
			Message: "there is no column named title",
			Hint:    fmt.Sprintf("begin the file with the line %s, or some of it", strings.Join(columns, ",")),
		})
	}
	var entries []todo.Entry
	for {
		line := rows.next(r.InputOffset())
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return entries, nil
		}
		if err != nil {
			if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
				line = wrong.StartLine
			}
			return nil, atLine(line, csvError(err))
		}
		var fields [4]string
		for i, column := range at {
			if column >= 0 {
				fields[i] = row[column]
			}
		}
		e, err := parseEntry(fields[0], fields[1], fields[2], fields[3])
		if err != nil {
			line, _ = r.FieldPos(0)
			return nil, atLine(line, err)
		}
		entries = append(entries, e)
	}
}

func csvError(err error) error {
	wrong, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	return &todo.Error{
		Code:    BadImport,
		Message: wrong.Err.Error(),
		Hint:    `put a text that holds a comma, a quote or a newline in "quotes", and write quotes in it twice`,
	}
}
