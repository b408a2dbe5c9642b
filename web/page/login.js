// The form that asks for a token where the server wants one, and the way out.
import { me, recognize } from './api.js'
import { ask } from './ask.js'
import { byId, count, h, remember, say } from './dom.js'
import { adopt, all, nobodys } from './outbox.js'

async function post(path, body) {
  try {
    return await fetch(path, { method: 'POST', body })
  } catch {
    return undefined
  }
}

export class Login {
  // passed is called when somebody has come in.
  constructor(main, passed) {
    const token = h('input', { type: 'password', id: 'token', name: 'token', autocomplete: 'current-password', required: true, 'aria-describedby': 'token-error' })
    const error = h('p', { id: 'token-error', class: 'error', role: 'alert' })
    const mine = h('input', { type: 'checkbox', id: 'adopt' })
    const left = nobodys().length
    main.replaceChildren(h('form', { class: 'login', onsubmit: async event => {
      event.preventDefault()
      error.textContent = ''
      const answer = await post('/login', new URLSearchParams({ token: token.value.trim() }))
      if (answer?.ok) await enter(mine.checked, passed).catch(problem => (error.textContent = `${problem.message}.`))
      else if (!answer) error.textContent = 'The server cannot be reached. Try again.'
      else if (answer.status === 429) error.textContent = `The server does not know this token, as others before it. Wait ${count(Number(answer.headers.get('Retry-After')) || 60, 'second', 'seconds')} before you try another one.`
      else if (answer.status === 401) error.textContent = 'The server does not know this token.'
      else error.textContent = `The server answered ${answer.status}. Try again.`
    } },
    h('h1', { tabindex: -1 }, 'Log in'),
    h('p', { class: 'muted' }, 'Lists here are for those with a token. Whoever runs the server makes one with ', h('code', {}, 'todoshell token add'), '.'),
    h('label', { for: 'token' }, 'Token'), token, error,
    left ? h('label', { class: 'check' }, mine, ` ${count(left, 'change', 'changes')} made here before anyone had to log in ${left === 1 ? 'waits' : 'wait'} to be sent. ${left === 1 ? 'It is' : 'They are'} mine.`) : null,
    h('div', { class: 'line end' }, h('button', { type: 'submit', class: 'main' }, 'Log in'))))
    document.title = 'Log in – todoshell'
    token.focus()
  }

  go() {}
  keys() {
    return {}
  }
  close() {}
}

// enter goes on where the person has been. Nothing that the page holds for one
// person is for the next: for them, the page begins anew.
async function enter(mine, passed) {
  const before = me.id
  await recognize()
  if (mine) adopt()
  if (before !== undefined && before !== me.id) location.reload()
  else passed()
}

const logout = byId('logout')

export function showMe() {
  logout.hidden = !me.name
  byId('me').textContent = me.name ?? ''
  remember('localStorage', 'who', me.id)
}

export function hideMe() {
  logout.hidden = true
  byId('me').textContent = ''
}

async function leave() {
  const answer = await post('/logout')
  if (!answer?.ok) return say(answer ? `The server answered ${answer.status}: you are still logged in.` : 'The server cannot be reached: you are still logged in.')
  remember('localStorage', 'who')
  history.replaceState(null, '', '#/') // the name of a list is nobody else's business
  location.reload()
}

logout.addEventListener('click', () => {
  const unsent = all().length
  if (!unsent) return leave()
  ask(`${count(unsent, 'change is', 'changes are')} not saved yet`,
    ['They stay in this browser for you alone, and are sent when you log in here again with the same token.'],
    [['Log out all the same', leave], ['Stay']])
})

// Another page of this browser may have let somebody else in.
window.addEventListener('storage', event => {
  if (event.key === 'who' && event.newValue !== (me.id === undefined ? null : JSON.stringify(me.id))) location.reload()
})
window.addEventListener('pageshow', event => event.persisted && location.reload())
