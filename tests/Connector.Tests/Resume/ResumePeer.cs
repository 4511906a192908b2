using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Headgate.Connector.Tests.Scripted;
using Headgate.Protocol.Resume;
using Headgate.Protocol.Sockets;

namespace Headgate.Connector.Tests.Resume;

/// <summary>
/// A repository that speaks <c>headgate-resume/1</c> over real TLS and, inside each session, enough HTTP: a POST is answered with the sha256 of its body,
/// <c>GET /N</c> with N bytes of <see cref="Bytes"/>.
/// </summary>
internal sealed class ResumePeer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<UInt128, ResumeSession> _sessions = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly ReplayBudget _budget = new(64 << 20);
    private readonly World _world;
    private readonly Task _accepting;

    public ResumePeer(World world)
    {
        _world = world;
        _listener.Start();
        foreach (var gateway in world.Gateways)
        {
            gateway.Target = (IPEndPoint)_listener.LocalEndpoint;
        }

        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Protocols that it selects from. Default: the one for copy runs.</summary>
    public List<SslApplicationProtocol> Protocols { get; } = [new(ResumeProtocol.Alpn)];

    /// <summary>Refuses every OPEN with this code, when set.</summary>
    public RefusalCode? RefusesOpen { get; set; }

    /// <summary>Refuses every RESUME with this code, when set.</summary>
    public RefusalCode? RefusesResume { get; set; }

    /// <summary>Sessions that were opened.</summary>
    public IReadOnlyList<ResumeSession> Sessions => [.. _sessions.Values];

    /// <summary>OPEN frames that came.</summary>
    public ConcurrentQueue<ResumeHello.Open> Opened { get; } = new();

    /// <summary>What <c>GET /N</c> answers.</summary>
    public static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        foreach (var session in _sessions.Values)
        {
            await session.DisposeAsync();
        }

        await Task.WhenAll(_tasks);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                _tasks.Add(Task.Run(() => ServeAsync(socket)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            await tls.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(_world.Provider.RepositoryCertificate, [_world.Authority.Issuing], offline: true),
                    EnabledSslProtocols = SslProtocols.Tls13,
                    ApplicationProtocols = Protocols,
                    ClientCertificateRequired = true,
                    AllowTlsResume = false,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
                },
                _stop.Token);
            var leg = ResumeLeg.Over(tls, () => SocketReset.Close(socket));
            if (await AttachAsync(leg) is { } session)
            {
                await ResumeServer.RunAsync(session, leg, _stop.Token);
            }
            else
            {
                // What was refused in words is ended in order, so that the words arrive.
                await tls.ShutdownAsync();
                _ = await tls.ReadAsync(new byte[1], _stop.Token);
            }
        }
        catch (Exception e) when (e is IOException or AuthenticationException or OperationCanceledException or InvalidDataException or ObjectDisposedException)
        {
        }
        finally
        {
            SocketReset.Close(socket);
        }
    }

    private async Task<ResumeSession?> AttachAsync(ResumeLeg leg)
    {
        var binding = new ResumeBinding("acme", "pc1", ScriptedProvider.RepositoryId, _world.Provider.RouteName);
        switch (await ResumeServer.ReadHelloAsync(leg, _stop.Token))
        {
            case ResumeHello.Open open:
                Opened.Enqueue(open);
                if (RefusesOpen is { } code)
                {
                    await ResumeServer.RefuseAsync(leg, code, "A sentence of the repository.", _stop.Token);
                    return null;
                }

                return await ResumeServer.AcceptAsync(
                    leg, open, binding, 7, new ResumeLimits(), _budget, TimeProvider.System,
                    session =>
                    {
                        _sessions.TryAdd(session.Id, session);
                        _tasks.Add(Task.Run(() => AnswerAsync(session.Application)));
                    },
                    _stop.Token);
            case ResumeHello.Resume resume when RefusesResume is null && _sessions.TryGetValue(resume.SessionId, out var session):
                return await ResumeServer.AttachAsync(session, leg, resume, binding, 7, _stop.Token) is null ? session : null;
            default:
                await ResumeServer.RefuseAsync(leg, RefusesResume ?? RefusalCode.UnknownSession, "A sentence of the repository.", _stop.Token);
                return null;
        }
    }

    private static async Task AnswerAsync(IDuplexPipe pipe)
    {
        try
        {
            await using var input = pipe.Input.AsStream();
            while (await ReadHeadAsync(input) is { Length: > 0 } head)
            {
                var words = head.Split(' ');
                var body = words[0] == "POST" ? await SumAsync(input, head) : Bytes(int.Parse(words[1].AsSpan(1), CultureInfo.InvariantCulture));
                await pipe.Output.WriteAsync(Encoding.ASCII.GetBytes(FormattableString.Invariant($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\n\r\n")));
                for (var at = 0; at < body.Length; at += 50_000)
                {
                    await pipe.Output.WriteAsync(body.AsMemory(at, Math.Min(50_000, body.Length - at)));
                }
            }

            await pipe.Output.CompleteAsync();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
        }
    }

    private static async Task<string> ReadHeadAsync(Stream input)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await input.ReadAsync(one) == 0)
            {
                return "";
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private static async Task<byte[]> SumAsync(Stream input, string head)
    {
        const string field = "Content-Length: ";
        var at = head.IndexOf(field, StringComparison.Ordinal) + field.Length;
        var left = int.Parse(head[at..head.IndexOf('\r', at)], CultureInfo.InvariantCulture);
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        while (left > 0)
        {
            var read = await input.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, left)));
            if (read == 0)
            {
                throw new EndOfStreamException();
            }

            sum.AppendData(buffer, 0, read);
            left -= read;
        }

        return Encoding.ASCII.GetBytes(Convert.ToHexStringLower(sum.GetHashAndReset()));
    }
}
