package cache_test

import (
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"todoshell/cache"
	"todoshell/todo"
)

func TestUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := open(t, 10)
		long := strings.Repeat("a", 3<<20)
		all := func(ctx context.Context, wait bool) (*cache.Upload, error) {
			u := c.Upload(ctx, strings.NewReader(long), wait)
			text, err := io.ReadAll(u)
			if err == nil {
				assert.Len(t, text, len(long))
			}
			return u, err
		}
		var held []*cache.Upload
		for range cache.MaxUploads {
			u, err := all(t.Context(), false)
			require.NoError(t, err)
			held = append(held, u)
		}
		refused, err := all(t.Context(), false)
		require.ErrorIs(t, err, &todo.Error{Code: cache.TooMany})
		refused.Close()

		short := c.Upload(t.Context(), strings.NewReader("a"), false)
		text, err := io.ReadAll(short)
		require.NoError(t, err)
		assert.Equal(t, "a", string(text), "what is short needs no place")
		short.Close()

		canceled, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() {
			u, failed := all(canceled, true)
			u.Close()
			ended <- failed
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)

		go func() {
			u, failed := all(t.Context(), true)
			u.Close()
			ended <- failed
		}()
		synctest.Wait()
		select {
		case failed := <-ended:
			require.Fail(t, "there was no place", failed)
		default:
		}
		held[0].Close()
		require.NoError(t, <-ended)
		for _, u := range held {
			u.Close()
		}
		again, err := all(t.Context(), false)
		require.NoError(t, err)
		again.Close()
	})
}

// Whoever comes slowly keeps nobody waiting, but for the grace, and loses the place only where another one wants it.
func TestSlowUploads(t *testing.T) {
	for _, wait := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := open(t, 10)
			long := strings.Repeat("a", 100<<10)
			stuck := make(chan error, cache.MaxUploads)
			for range cache.MaxUploads {
				in, more := io.Pipe()
				u := c.Upload(t.Context(), in, false)
				defer context.AfterFunc(u.Context(), func() { _ = in.CloseWithError(io.ErrClosedPipe) })()
				defer more.Close()
				go func() { _, _ = more.Write([]byte(long)) }() // and then nothing
				go func() {
					defer u.Close()
					_, err := io.ReadAll(u)
					stuck <- err
				}()
			}
			synctest.Wait()
			at := time.Now()
			quick := c.Upload(t.Context(), strings.NewReader(long), wait)
			_, err := io.ReadAll(quick)
			if !wait {
				require.ErrorIs(t, err, &todo.Error{Code: cache.TooMany}, "it may be a pause")
				<-time.After(time.Minute) // of fake time
				quick = c.Upload(t.Context(), strings.NewReader(long), wait)
				_, err = io.ReadAll(quick)
			}
			require.NoError(t, err)
			defer quick.Close()
			assert.LessOrEqual(t, time.Since(at), time.Minute)
			err = <-stuck
			require.ErrorIs(t, err, &todo.Error{Code: cache.TooMany})
			assert.Contains(t, err.Error(), "too slowly")
			synctest.Wait()
			assert.Empty(t, stuck, "one place is enough")
		})
	}
}
