using System.Net.Security;
using System.Net.Sockets;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Resume;
using Headgate.Repository.Tests.Support;

namespace Headgate.Repository.Tests.Resume;

/// <summary>One connection to a repository as a gateway relays it, TLS and all, that carries or could carry a session.</summary>
internal sealed class TestLeg : IAsyncDisposable
{
    private int _isCut;

    private TestLeg(NetworkStream network, SslStream tls)
    {
        (Network, Tls) = (network, tls);
        Leg = ResumeLeg.Over(tls, Cut);
    }

    public NetworkStream Network { get; }

    public SslStream Tls { get; }

    public ResumeLeg Leg { get; private set; }

    /// <summary>What carries the session; set by whoever starts it.</summary>
    public Task<LegEnd>? Run { get; set; }

    public static async Task<TestLeg> DialAsync(
        TestRepository repository, string route, ProgramIdentity? identity, string gateway = TestRepository.Gateway, byte[]? key = null, int? port = null)
    {
        var network = await repository.DialAsync(route, gateway, key, port);
        var tls = new SslStream(network);
        var options = repository.TlsOptions(route, identity);
        options.ApplicationProtocols = [new(ResumeProtocol.Alpn)];
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await tls.AuthenticateAsClientAsync(options, deadline.Token);
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }

        return new TestLeg(network, tls);
    }

    /// <summary>The same connection, of which the client's protocol cannot let go: only the repository can end it.</summary>
    public TestLeg Unending()
    {
        Leg = ResumeLeg.Over(Tls, static () => { });
        return this;
    }

    /// <summary>Ends it as a gateway that dies does: reset, whatever was on its way is lost.</summary>
    public void Cut()
    {
        if (Interlocked.Exchange(ref _isCut, 1) != 0)
        {
            return;
        }

        Network.Socket.LingerState = new LingerOption(true, 0);
        Network.Socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        try
        {
            if (Run is { } run)
            {
                await run.WaitAsync(TimeSpan.FromSeconds(30));
            }
        }
        finally
        {
            await Tls.DisposeAsync();
        }
    }
}
