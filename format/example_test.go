package format_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"todoshell/format"
)

func Example() {
	read, err := format.TodoTxt.Read(strings.NewReader("Dentist due:2024-01-31\nx Milk\n"), time.Local)
	if err != nil {
		fmt.Println(err)
		return
	}
	err = format.CSV.Write(os.Stdout, "Bob", slices.Values(read.Entries), time.Now())
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// id,date,status,title
	// 0,2024-01-31,open,Dentist
	// 0,,done,Milk
}

func ExampleFormat_Read_error() {
	_, err := format.CSV.Read(strings.NewReader("date,title\n2024-01-31,Dentist\ntoday,Milk\n"), time.UTC)
	fmt.Println(err)
	// Output:
	// line 3: "today" is no date; write YYYY-MM-DD, as 2024-01-31
}
