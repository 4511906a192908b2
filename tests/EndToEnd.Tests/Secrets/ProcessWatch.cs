using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Headgate.EndToEnd.Tests.Secrets;

/// <summary>Looks at the arguments and the environment of every descendant of this process, as another user's process list would show them, for as long as it lives.</summary>
internal sealed class ProcessWatch : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(5);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public ProcessWatch() => _loop = Task.Factory.StartNew(Watch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Program and arguments, as they were seen.</summary>
    public ConcurrentDictionary<string, bool> CommandLines { get; } = new();

    /// <summary>Program and one variable of its environment, as <c>NAME=value</c>.</summary>
    public ConcurrentDictionary<(string Program, string Variable), bool> Environments { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private void Watch()
    {
        // A process is looked at again: between fork and exec it shows its parent's.
        while (!_stop.IsCancellationRequested)
        {
            foreach (var pid in Descendants(Environment.ProcessId))
            {
                Look(pid);
            }

            _stop.Token.WaitHandle.WaitOne(s_pause);
        }
    }

    private void Look(int pid)
    {
        try
        {
            var arguments = Strings($"/proc/{pid}/cmdline");
            if (arguments.Length == 0)
            {
                return;
            }

            var program = Path.GetFileName(arguments[0]);
            CommandLines.TryAdd(string.Join(' ', arguments), true);
            var variables = Strings($"/proc/{pid}/environ");

            // Between the two it may have become another program, whose these are.
            foreach (var variable in Strings($"/proc/{pid}/cmdline").SequenceEqual(arguments) ? variables : [])
            {
                Environments.TryAdd((program, variable), true);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }
    }

    private static string[] Strings(string path) => Encoding.UTF8.GetString(File.ReadAllBytes(path)).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<int> Descendants(int pid)
    {
        var children = new List<int>();
        try
        {
            foreach (var thread in Directory.GetDirectories($"/proc/{pid}/task"))
            {
                children.AddRange(File.ReadAllText(Path.Combine(thread, "children"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(id => int.Parse(id, CultureInfo.InvariantCulture)));
            }
        }
        catch (IOException)
        {
            // It, or a thread of it, has ended.
        }

        return children.SelectMany(child => Descendants(child).Prepend(child));
    }
}
