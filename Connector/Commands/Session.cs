using System.CommandLine;
using System.Security.Cryptography;
using Headgate.Connector.Bootstrap;
using Headgate.Connector.Failover;
using Headgate.Connector.Forwarding;
using Headgate.Connector.Jobs;
using Headgate.Connector.Resume;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Commands;

/// <summary>What a command of an enrolled machine works with.</summary>
internal sealed class Session : IDisposable
{
    private readonly TenantApiClient _api;
    private readonly TimeProvider _time;

    private readonly Renewal _renewal;
    private readonly Action<string> _say;

    private Session(StateFolder folder, ProgramIdentity identity, INameResolver names, Action<string> say, TimeProvider time)
    {
        _time = time;
        _say = say;
        _renewal = new Renewal(folder, time);
        Folder = folder;
        Settings = folder.LoadSettings();
        Names = names;
        Dialer = new TlsDialer(identity, DialTimeouts.Default, time);
        _api = new TenantApiClient(Dialer, new ProviderAddresses(identity, names, () => folder.LoadSettings().Gateways), time) { Answered = RenewAsync };
    }

    public StateFolder Folder { get; }

    public ProgramIdentity Identity => Dialer.Identity;

    public ConnectorSettings Settings { get; }

    public INameResolver Names { get; }

    public TlsDialer Dialer { get; }

    public ITenantApi Api => _api;

    /// <summary>Asks which machines stored snapshots.</summary>
    public Task<SnapshotOriginsAnswer> OriginsAsync(SnapshotOriginsRequest request, CancellationToken token) => _api.OriginsAsync(request, token);

    /// <summary>Tells what this machine means to run next.</summary>
    public Task<PlansAnswer> PlansAsync(PlansRequest request, CancellationToken token) => _api.PlansAsync(request, token);

    /// <summary>Asks that the open run of a job stops.</summary>
    public Task<JobStatus> CancelAsync(string job, CancellationToken token) => _api.CancelAsync(job, token);

    /// <summary>This machine's id within the tenant.</summary>
    public string Connector => Identity.Identity.Id[(Identity.Identity.Tenant.Length + 1)..];

    /// <summary>How runs of this machine ended that the provider may not know.</summary>
    public UntoldEnds Ends(Action<string> say) => new(Folder, Identity.Identity.Id, say, _time);

    /// <summary>Loads the identity and checks it against this machine's clock.</summary>
    /// <exception cref="ConnectorFailureException">Not enrolled, or the clock is wrong, or the certificate has ended.</exception>
    public static Session Open(CommonOptions options, ParseResult parsed, ConnectorConsole console, TimeProvider time)
    {
        var folder = options.FolderOf(parsed);
        var identity = folder.LoadIdentity();
        var now = time.GetUtcNow().UtcDateTime;
        if (now < identity.Certificate.NotBefore.ToUniversalTime())
        {
            throw new ConnectorFailureException(
                ExitCodes.ClockWrong, $"This machine's clock is wrong: {TlsDialer.ClockSentence(identity.Certificate, time)}. Set the clock.");
        }

        if (now > identity.Certificate.NotAfter.ToUniversalTime())
        {
            throw new ConnectorFailureException(
                ExitCodes.ClockWrong,
                $"This machine's certificate has ended, or its clock is wrong: {TlsDialer.ClockSentence(identity.Certificate, time)}. "
                + "Set the clock; if it is right, ask your service provider for a new code and enrol again.");
        }

        return new Session(folder, identity, options.ResolverOf(parsed), console.Say, time);
    }

    /// <summary>As <see cref="Open"/>, with a certificate that was renewed when it was due.</summary>
    public static async Task<Session> OpenForRunAsync(
        CommonOptions options, ParseResult parsed, ConnectorConsole console, TimeProvider time, CancellationToken token)
    {
        var session = Open(options, parsed, console, time);
        await session.RenewAsync(token);
        return session;
    }

    /// <summary>Runs <paramref name="plan"/> over a loopback port of its own.</summary>
    public async Task<int> RunAsync(RunPlan plan, int port, Func<LoopbackForwarder, ITool> tool, ConnectorConsole console, UserStop stopping)
    {
        var api = new RememberingTenantApi(Api, Folder);
        var order = new GatewayOrder(_time);
        var dialer = new RouteDialer(Dialer, Names, order, api.GatewaysAsync, _time);
        var copies = plan.Kind == JobKind.Copy
            ? new CopyRoutes(Dialer, Names, order, api.GatewaysAsync, new CopyLimits(), console.Say, _time, RandomShare)
            : null;
        await using var forwarder = new LoopbackForwarder(dialer, order, port, ForwarderLimits.Default, _time, copies);
        var runner = new JobRunner(api, forwarder, Ends(console.Say), console, _time, RandomShare);
        return await runner.RunAsync(plan, tool(forwarder), stopping.Asked);
    }

    public void Dispose()
    {
        _api.Dispose();
        Identity.Dispose();
    }

    private async Task RenewAsync(CancellationToken token)
    {
        if (await _renewal.TryAsync(Identity, _api, _say, token) is { } next)
        {
            // Connections that stand keep the certificate they began with, which therefore is not disposed here.
            var isNews = !next.Trusts.SequenceEqual(Identity.Trusts, StringComparer.Ordinal);
            Dialer.Replace(next);
            if (isNews)
            {
                await ConfirmAsync(token);
            }
        }
    }

    /// <summary>Lets the provider know now which roots this machine knows: a short command may have nothing more to ask, and a roll-over waits for it.</summary>
    private async Task ConfirmAsync(CancellationToken token)
    {
        try
        {
            await _api.GatewaysAsync(token);
        }
        catch (Exception e) when (e is Protocol.Problems.ProblemException or ConnectorFailureException)
        {
            // The next command says it.
        }
    }

    private static double RandomShare() => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);
}
