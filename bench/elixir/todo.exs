# To-do lists in the design of the book Elixir in Action: Todo.List is a
# value, Todo.Server a process for each list, Todo.Cache a process that finds or
# starts them. Nothing is durable.
#
#   elixir --erl "+P 4000000" todo.exs adds LINES LISTS | mixed LINES | servers N
#                                      | grow N | hit | day | list | hot
#
# Measurements are printed as Go's benchmarks are. The start of the machine and
# the compilation of this file are not in them.

defmodule Todo.List do
  defstruct auto_id: 1, entries: %{}

  def new, do: %Todo.List{}

  def add_entry(list, entry) do
    entry = Map.put(entry, :id, list.auto_id)
    %Todo.List{list | auto_id: list.auto_id + 1, entries: Map.put(list.entries, list.auto_id, entry)}
  end

  def entries(list, date) do
    list.entries
    |> Map.values()
    |> Enum.filter(fn entry -> entry.date == date end)
  end

  def delete_entry(list, id), do: %Todo.List{list | entries: Map.delete(list.entries, id)}
end

defmodule Todo.Server do
  use GenServer

  def start, do: GenServer.start(__MODULE__, nil)
  def add_entry(server, entry), do: GenServer.cast(server, {:add_entry, entry})
  def add_and_wait(server, entry), do: GenServer.call(server, {:add_entry, entry}, :infinity)
  def delete_entry(server, id), do: GenServer.call(server, {:delete_entry, id})
  def entries(server, date), do: GenServer.call(server, {:entries, date}, :infinity)

  @impl true
  def init(_), do: {:ok, Todo.List.new()}

  @impl true
  def handle_cast({:add_entry, entry}, list), do: {:noreply, Todo.List.add_entry(list, entry)}

  @impl true
  def handle_call({:entries, date}, _, list), do: {:reply, Todo.List.entries(list, date), list}
  def handle_call({:add_entry, entry}, _, list), do: {:reply, list.auto_id, Todo.List.add_entry(list, entry)}
  def handle_call({:delete_entry, id}, _, list), do: {:reply, :ok, Todo.List.delete_entry(list, id)}
end

defmodule Todo.Cache do
  use GenServer

  def start, do: GenServer.start(__MODULE__, nil)
  def server_process(cache, name), do: GenServer.call(cache, {:server_process, name}, :infinity)

  @impl true
  def init(_), do: {:ok, %{}}

  @impl true
  def handle_call({:server_process, name}, _, servers) do
    case Map.fetch(servers, name) do
      {:ok, server} ->
        {:reply, server, servers}

      :error ->
        {:ok, server} = Todo.Server.start()
        {:reply, server, Map.put(servers, name, server)}
    end
  end
end

defmodule Work do
  @day ~D[2026-01-01]

  def run(["adds", lines, lists]) do
    {n, lists} = {String.to_integer(lines), String.to_integer(lists)}
    once(fn cache -> Enum.each(0..(n - 1), &add(cache, rem(&1, lists), &1)) end, lists)
  end

  # Four of five commands ask for a day; the fifth adds.
  def run(["mixed", lines]) do
    n = String.to_integer(lines)

    once(fn cache ->
      Enum.each(0..(n - 1), fn _ ->
        list = :rand.uniform(1000) - 1

        if :rand.uniform(5) == 1 do
          add(cache, list, :rand.uniform(336))
        else
          Todo.Server.entries(server(cache, list), day(:rand.uniform(336)))
        end
      end)
    end, 1000)
  end

  def run(["servers", n]) do
    n = String.to_integer(n)
    once(fn cache -> Enum.each(0..(n - 1), &server(cache, &1)) end, 1)
  end

  # Lists of an entry each.
  def run(["grow", n]), do: run(["adds", n, n])

  def run(["hit"]) do
    {:ok, cache} = Todo.Cache.start()
    names = List.to_tuple(for i <- 0..999, do: "list_#{i}")
    Enum.each(0..999, &Todo.Cache.server_process(cache, elem(names, &1)))
    {cores, each} = {System.schedulers_online(), 200_000}

    {us, _} = :timer.tc(fn ->
      1..cores
      |> Enum.map(fn _ -> Task.async(fn -> hits(cache, names, each) end) end)
      |> Task.await_many(:infinity)
    end)

    report("Hit", cores * each, [{us * 1000 / (cores * each), "ns/op"}])
  end

  def run(["day"]) do
    server = filled(200_000)
    report("Day", 20, [{each(20, fn -> Todo.Server.entries(server, @day) end), "ns/op"}])
  end

  def run(["list"]) do
    for n <- [1, 1000, 200_000] do
      server = filled(n)
      :erlang.garbage_collect(server)
      {:memory, memory} = Process.info(server, :memory)
      times = min(20_000, max(20, div(4_000_000, n)))

      change = each(20_000, fn ->
        id = Todo.Server.add_and_wait(server, %{date: @day, title: "one more"})
        Todo.Server.delete_entry(server, id)
      end)

      day = each(times, fn -> Todo.Server.entries(server, @day) end)
      report("Entries/entries=#{n}/change", 20_000, [{change, "ns/op"}])
      report("Entries/entries=#{n}/day", times, [{day, "ns/op"}, {memory / n, "B/entry"}])
    end
  end

  # A thousand quiet lists, an add a millisecond, beside callers of a hot one.
  # receive sleeps for a millisecond and more: lateness is in the times of all.
  def run(["hot"]) do
    for callers <- [0, 64] do
      {:ok, cache} = Todo.Cache.start()
      hot = for _ <- 1..callers//1, do: spawn(fn -> heat(cache) end)
      begun = System.monotonic_time()
      ms = System.convert_time_unit(1, :millisecond, :native)
      took = quiet(cache, 0, 2000, begun, ms, []) |> Task.await_many(:infinity) |> Enum.sort() |> List.to_tuple()
      Enum.each(hot, &Process.exit(&1, :kill))
      at = fn percent -> elem(took, div(2000 * percent, 100)) end
      report("HotList/hot=#{callers}", 2000, [{at.(50), "quiet-p50-ns"}, {at.(99), "quiet-p99-ns"}])
    end
  end

  defp quiet(_, n, n, _, _, tasks), do: tasks

  defp quiet(cache, i, n, begun, ms, tasks) do
    due = begun + i * ms
    wait = div(due - System.monotonic_time() + ms - 1, ms)
    if wait > 0, do: Process.sleep(wait)

    task = Task.async(fn ->
      Todo.Server.add_and_wait(server(cache, rem(i, 1000)), %{date: @day, title: "something to do"})
      System.convert_time_unit(System.monotonic_time() - due, :native, :nanosecond)
    end)

    quiet(cache, i + 1, n, begun, ms, [task | tasks])
  end

  defp heat(cache) do
    Todo.Server.add_and_wait(Todo.Cache.server_process(cache, "hot"), %{date: @day, title: "something to do"})
    heat(cache)
  end

  defp once(f, lists) do
    {:ok, cache} = Todo.Cache.start()

    {us, _} = :timer.tc(fn ->
      f.(cache)
      # An add is a cast: an answer of each list says that all are done.
      if lists > 1, do: Enum.each(0..(lists - 1), &Todo.Server.entries(server(cache, &1), @day))
      if lists == 1, do: Todo.Server.entries(server(cache, 0), @day)
    end)

    report("Once", 1, [{us * 1000, "ns/op"}])
  end

  defp server(cache, list), do: Todo.Cache.server_process(cache, "list_#{list}")

  defp add(cache, list, i),
    do: Todo.Server.add_entry(server(cache, list), %{date: day(i), title: "Task number #{i}"})

  defp day(i), do: %Date{year: 2026, month: rem(i, 12) + 1, day: rem(i, 28) + 1}

  defp hits(_, _, 0), do: :ok

  defp hits(cache, names, i) do
    Todo.Cache.server_process(cache, elem(names, rem(i, 1000)))
    hits(cache, names, i - 1)
  end

  # A hundred entries a day.
  defp filled(n) do
    {:ok, server} = Todo.Server.start()
    days = max(div(n, 100), 1)
    Enum.each(0..(n - 1), &Todo.Server.add_entry(server, %{date: Date.add(@day, rem(&1, days)), title: "something to do"}))
    Todo.Server.entries(server, @day)
    server
  end

  defp each(n, f) do
    {us, _} = :timer.tc(fn -> Enum.each(1..n, fn _ -> f.() end) end)
    us * 1000 / n
  end

  defp report(name, n, pairs) do
    pairs = Enum.map(pairs, fn {value, unit} -> ["\t", :erlang.float_to_binary(value / 1, decimals: 3), " ", unit] end)
    IO.puts(["Benchmark", name, "\t", Integer.to_string(n), pairs])
  end
end

Work.run(System.argv())
