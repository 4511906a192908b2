using Headgate.Protocol.Resume;

namespace Headgate.Resume.Bench;

/// <summary>Both ends of a session over one leg.</summary>
internal sealed class SessionPair(TlsPair tls, ResumeSession client, ResumeSession server) : IAsyncDisposable
{
    private static readonly ResumeBinding s_binding = new("tenant", "connector", "repository", "r-label.data.example.test");
    private static readonly ReplayBudget s_budget = new(256 * 1024 * 1024);

    private readonly Task _dialled = ResumeClient.RunAsync(client, tls.ClientLeg, CancellationToken.None);
    private readonly Task _accepted = ResumeServer.RunAsync(server, tls.ServerLeg, CancellationToken.None);

    public ResumeSession Client => client;

    public ResumeSession Server => server;

    public static async Task<SessionPair> OpenAsync(TlsPair tls)
    {
        var opening = ResumeClient.OpenAsync(tls.ClientLeg, s_binding, 1, "job/run", new ResumeLimits(), s_budget, TimeProvider.System, CancellationToken.None);
        var hello = (ResumeHello.Open)await ResumeServer.ReadHelloAsync(tls.ServerLeg, CancellationToken.None);
        var server = await ResumeServer.AcceptAsync(tls.ServerLeg, hello, s_binding, 1, new ResumeLimits(), s_budget, TimeProvider.System, null, CancellationToken.None);
        return new SessionPair(tls, await opening, server!);
    }

    public async ValueTask DisposeAsync()
    {
        var resetting = client.DisposeAsync();
        await _accepted;
        // Whoever said the last word waits for the other to close.
        await tls.Server.DisposeAsync();
        await resetting;
        await _dialled;
        await server.DisposeAsync();
        tls.Dispose();
    }
}
