using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Headgate.EndToEnd.Tests.Resume;

/// <summary>
/// Somebody on the way between the tenant and a gateway: a TCP relay at the gateway's advertised address that writes into connections what none of the two ends said. TLS records are
/// followed by their headers, so that what is written in stands where a record of the peer's could.
/// </summary>
internal sealed class AlertRelay : IAsyncDisposable
{
    private static readonly byte[] s_handshakeFailure = [21, 3, 3, 0, 2, 2, 40];
    private static readonly byte[] s_closeNotify = [21, 3, 3, 0, 2, 1, 0];
    private static readonly byte[] s_badCertificate = [21, 3, 3, 0, 2, 2, 42];
    private static readonly byte[] s_noTls = "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"u8.ToArray();

    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Way, Task> _ways = new();
    private readonly ConcurrentDictionary<Injection, int> _done = new();
    private readonly ConcurrentQueue<Injection> _atNext = new();
    private readonly Task _accepting;

    public AlertRelay(IPEndPoint at, IPEndPoint target)
    {
        _target = target;
        _listener = new TcpListener(at);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What can be written into a connection, and where.</summary>
    public enum Injection
    {
        /// <summary>A fatal alert in plaintext in place of the server's first record.</summary>
        AlertForTheHello,

        /// <summary>One that refuses the client's certificate, in plaintext, right after the client ended its handshake.</summary>
        AlertForTheCertificate,

        /// <summary>A fatal alert in plaintext between two records of a connection that stands, to the tenant.</summary>
        AlertToTheTenant,

        /// <summary>An alert in plaintext that says that the peer is done.</summary>
        CloseNotifyToTheTenant,

        /// <summary>A sentence of HTTP between two records.</summary>
        WordsToTheTenant,

        /// <summary>A fatal alert in plaintext between two records, to the repository.</summary>
        AlertToTheRepository,
    }

    /// <summary>How often each was done.</summary>
    public IReadOnlyDictionary<Injection, int> Done => _done;

    /// <summary>Connections that stand.</summary>
    public int Standing => _ways.Keys.Count(way => way.Answered);

    /// <summary>Does it to every connection that stands; what belongs to a connection's beginning is done to those that follow, one each.</summary>
    public void Inject(Injection what, int next = 1)
    {
        if (what is Injection.AlertForTheHello or Injection.AlertForTheCertificate)
        {
            for (var i = 0; i < next; i++)
            {
                _atNext.Enqueue(what);
            }

            // So that there is a next one.
            what = Injection.AlertToTheTenant;
        }

        foreach (var way in _ways.Keys)
        {
            way.Due = what;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_ways.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var way = new Way(await _listener.AcceptTcpClientAsync(_stopping.Token));
                var going = RelayAsync(way);
                _ways[way] = going;
                _ = going.ContinueWith(_ => _ways.TryRemove(way, out Task? _), TaskScheduler.Default);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException)
        {
            // Stopping.
        }
    }

    private async Task RelayAsync(Way way)
    {
        using (way.Tenant)
        using (var gateway = new TcpClient())
        {
            try
            {
                if (_atNext.TryPeek(out var next) && next == Injection.AlertForTheHello && _atNext.TryDequeue(out next))
                {
                    await way.Tenant.GetStream().ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, _stopping.Token);
                    await WriteInAsync(way, way.Tenant, next);
                    return;
                }

                way.AtCertificate = _atNext.TryPeek(out next) && next == Injection.AlertForTheCertificate && _atNext.TryDequeue(out next);
                await gateway.ConnectAsync(_target, _stopping.Token);
                await Task.WhenAny(UpAsync(way, gateway), DownAsync(way, gateway));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException or IOException)
            {
                // Stopping, or one side is away: the other sees its connection closed.
            }
        }
    }

    private async Task UpAsync(Way way, TcpClient gateway)
    {
        await PassAsync(way, way.Tenant, gateway, async boundary =>
        {
            if (boundary && way.AtCertificate && way.Answered)
            {
                way.AtCertificate = false;
                await WriteInAsync(way, way.Tenant, Injection.AlertForTheCertificate);
            }

            if (boundary && way.Due == Injection.AlertToTheRepository)
            {
                way.Due = null;
                await WriteInAsync(way, gateway, Injection.AlertToTheRepository);
            }
        });
    }

    private async Task DownAsync(Way way, TcpClient gateway)
    {
        await PassAsync(
            way,
            gateway,
            way.Tenant,
            async boundary =>
            {
                if (boundary && way.Answered && way.Due is { } due and not Injection.AlertToTheRepository)
                {
                    way.Due = null;
                    await WriteInAsync(way, way.Tenant, due);
                }
            },
            () => way.Answered = true);
    }

    private Task WriteInAsync(Way way, TcpClient to, Injection what)
    {
        _done.AddOrUpdate(what, 1, (_, count) => count + 1);
        return to.GetStream().WriteAsync(
            what switch
            {
                Injection.CloseNotifyToTheTenant => s_closeNotify,
                Injection.WordsToTheTenant => s_noTls,
                Injection.AlertForTheCertificate => s_badCertificate,
                _ => s_handshakeFailure,
            },
            _stopping.Token).AsTask();
    }

    /// <summary>Passes bytes on record by record, with a look before and after each piece and whenever something is asked for: whether it stands between two records.</summary>
    private async Task PassAsync(Way way, TcpClient from, TcpClient to, Func<bool, Task> look, Action? passed = null)
    {
        var buffer = new byte[64 * 1024];
        var (header, ofHeader, left) = (new byte[5], 0, 0);
        while (true)
        {
            var reading = from.GetStream().ReadAsync(buffer, _stopping.Token).AsTask();
            while (!reading.IsCompleted)
            {
                var asked = way.Asked;
                await look(ofHeader == 0 && left == 0);
                await Task.WhenAny(reading, asked);
            }

            if (await reading is var count && count == 0)
            {
                return;
            }

            for (var at = 0; at < count;)
            {
                await look(ofHeader == 0 && left == 0);
                var begin = at;
                while (at < count && ofHeader < header.Length)
                {
                    header[ofHeader++] = buffer[at++];
                    left = ofHeader == header.Length ? (header[3] << 8) | header[4] : 0;
                }

                var piece = Math.Min(left, count - at);
                (at, left) = (at + piece, left - piece);
                ofHeader = ofHeader == header.Length && left == 0 ? 0 : ofHeader;
                await to.GetStream().WriteAsync(buffer.AsMemory(begin, at - begin), _stopping.Token);
                passed?.Invoke();
            }
        }
    }

    /// <summary>One connection.</summary>
    private sealed class Way(TcpClient tenant)
    {
        private int _due = -1;
        private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TcpClient Tenant => tenant;

        /// <summary>The other side has said something.</summary>
        public volatile bool Answered;

        /// <summary>An alert waits for the end of the client's handshake.</summary>
        public volatile bool AtCertificate;

        /// <summary>Ends when the next thing becomes due.</summary>
        public Task Asked => Volatile.Read(ref _asked).Task;

        public Injection? Due
        {
            get => Volatile.Read(ref _due) is >= 0 and var due ? (Injection)due : null;
            set
            {
                Volatile.Write(ref _due, value is { } due ? (int)due : -1);
                if (value is not null)
                {
                    Interlocked.Exchange(ref _asked, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
                }
            }
        }
    }
}
