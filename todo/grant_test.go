package todo_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/todo"
)

func TestGrant(t *testing.T) {
	all, home, reader := todo.Grant{}, todo.Grant{Prefix: "home/"}, todo.Grant{Prefix: "home/", ReadOnly: true}
	require.NoError(t, all.MayChange("Bob"))
	require.NoError(t, home.MayChange("home/Bob"))
	require.NoError(t, reader.MayUse("home/Bob"))
	assert.True(t, home.Covers("home/Bob"))
	assert.False(t, home.Covers("Bob"))
	require.EqualError(t, home.MayUse("home"), `you may not use the list "home"; yours begin with "home/"`)
	require.ErrorIs(t, home.MayChange("Bob"), &todo.Error{Code: todo.Forbidden})
	require.ErrorIs(t, reader.MayChange("home/Bob"), todo.ErrReadOnly)
}

func TestGrantWithin(t *testing.T) {
	for prefix, want := range map[string]string{"": "home/", "ho": "home/", "home/": "home/", "home/B": "home/B", "work": "", "h0": ""} {
		narrowed, ok := todo.Grant{Prefix: "home/"}.Within(prefix)
		if assert.Equal(t, want != "", ok, prefix) && ok {
			assert.Equal(t, want, narrowed, prefix)
		}
		narrowed, ok = todo.Grant{}.Within(prefix)
		assert.True(t, ok)
		assert.Equal(t, prefix, narrowed)
	}
}
