package server_test

import (
	"testing"
	"testing/synctest"
	"fmt"

	"todoshell/store"
	"todoshell/todo"
)

func TestZZ(t *testing.T) {
	for i := range 5 {
		synctest.Test(t, func(t *testing.T) {
			s, err := store.OpenMemory()
			fmt.Println(i, err)
			for j := range 5 {
			go func() {
				d := todo.List{}.Draft()
				d.Add(1, "x")
				fmt.Println(s.Append(t.Context(), fmt.Sprint(j), d.Snapshot(), d.Changes))
			}()
			}
			synctest.Wait()
			fmt.Println(s.Close())
		})
	}
}
