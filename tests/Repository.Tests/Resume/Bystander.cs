using System.Net.Security;
using System.Security.Cryptography;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>Another tenant's session on the same host: uploads and downloads without an end, and compares SHA-256 each time.</summary>
internal sealed class Bystander : IAsyncDisposable
{
    private const int BlobBytes = 300_000;

    private readonly SslStream _tls;
    private readonly ResumeSession _session;
    private readonly Task<LegEnd> _leg;
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;
    private int _rounds;

    private Bystander(SslStream tls, ResumeLeg leg, ResumeSession session)
    {
        (_tls, _session) = (tls, session);
        _leg = ResumeClient.RunAsync(session, leg, CancellationToken.None);
        var stream = new PipeStream(session.Application);
        var dials = 0;
        _http = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = (_, _) => Interlocked.Increment(ref dials) == 1
                ? ValueTask.FromResult<Stream>(stream)
                : throw new IOException("The bystander's connection was ended: it dials again."),
        })
        {
            BaseAddress = new Uri("http://x/"),
        };
        _working = WorkAsync();
    }

    /// <summary>Objects stored and read back so far.</summary>
    public int Rounds => Volatile.Read(ref _rounds);

    public static async Task<Bystander> BeginAsync(SslStream tls, string route, ProgramIdentity identity)
    {
        var leg = ResumeLeg.Over(tls, tls.Dispose);
        var session = await ResumeClient.OpenAsync(
            leg, TestSession.Binding(route, identity), 1, "daily/1", TestSession.Patient, new ReplayBudget(64 << 20), TimeProvider.System, CancellationToken.None);
        return new Bystander(tls, leg, session);
    }

    /// <summary>Waits until it has done <paramref name="more"/> rounds from here on; fails when it was disturbed.</summary>
    public async Task GoesOnAsync(int more = 1)
    {
        var before = Rounds;
        await Wait.ForAsync(() => _working.IsCompleted || Rounds >= before + more, "the bystander goes on");
        if (_working.IsCompleted)
        {
            await _working;
        }

        Assert.Equal(1, _session.Legs);
    }

    /// <summary>Ends it, and sees that nothing had happened to it.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        try
        {
            await _working.WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            _http.Dispose();
            await _session.DisposeAsync();
            await _leg;
            await _tls.DisposeAsync();
            _stop.Dispose();
        }
    }

    private async Task WorkAsync()
    {
        (await _http.PostAsync("beside/?create=true", null)).EnsureSuccessStatusCode();
        while (!_stop.IsCancellationRequested)
        {
            var blob = Blob.Random(BlobBytes);
            (await _http.PostAsync("beside/data/" + blob.Name, blob.Body)).EnsureSuccessStatusCode();
            var read = await _http.GetByteArrayAsync("beside/data/" + blob.Name);
            Assert.Equal(blob.Name, Convert.ToHexStringLower(SHA256.HashData(read)));
            (await _http.DeleteAsync("beside/data/" + blob.Name)).EnsureSuccessStatusCode();
            Interlocked.Increment(ref _rounds);
        }
    }
}
