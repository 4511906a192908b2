using System.Net;
using Headgate.Gateway;
using Headgate.Grains;
using Headgate.Protocol.Enrolment;
using Headgate.Repository;
using Headgate.Silo.Listening;

namespace Headgate.Server.Hosting;

/// <summary>
/// A gateway and a repository in the server's own process, for a small provider. They are the same parts as the programs, enrolled like them: at the first
/// start each is made, given a code and enrolled over the edge API. They stop, the gateway draining, before the silo does. When one ends by
/// itself, the server ends with it.
/// </summary>
internal sealed class Companions(
    ServerOptions options, IClusterClient grains, IHostApplicationLifetime lifetime, ILogger<Companions> logger) : IHostedLifecycleService, IDisposable
{
    public const string GatewayId = "gtw1";
    public const string RepositoryId = "repo1";

    private const int OrdinaryWeight = 100;
    private static readonly TimeSpan s_codeLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _parts = [];

    /// <summary>Whether a part ended by itself.</summary>
    public bool HasFailed { get; private set; }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The edge API listens: the parts can enrol.</summary>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.WithRepository is { } storage)
        {
            var repository = await RepositoryAsync(storage, cancellationToken);
            _parts.Add(RunAsync("repository", () => RepositoryHost.RunAsync(repository, _stop.Token)));
        }

        if (options.WithGateway is { } listen)
        {
            var gateway = await GatewayAsync(listen, cancellationToken);
            _parts.Add(RunAsync("gateway", () => GatewayHost.RunAsync(gateway, _stop.Token)));
        }
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_parts);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(string part, Func<Task<int>> run)
    {
        try
        {
            // Off this thread: a part may do much before its first await.
            var exitCode = await Task.Run(run);
            if (_stop.IsCancellationRequested)
            {
                return;
            }

            CompanionLog.Ended(logger, part, exitCode);
        }
        catch (Exception exception)
        {
            CompanionLog.Failed(logger, exception, part);
        }

        HasFailed = true;
        lifetime.StopApplication();
    }

    private async Task<GatewayOptions> GatewayAsync(string listen, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(options.Silo.DataDirectory, "gateway");
        EndPointText.TryParseHost(options.GatewayAddress ?? listen, out var host, out var port);
        var grain = grains.GetGrain<IGatewayGrain>(GatewayId);
        if (await FindAsync(grain.GetAsync, cancellationToken) is not { } known)
        {
            await grain.CreateAsync(new CreateGateway(GatewayMode.Direct, host!, port, OrdinaryWeight, []), cancellationToken);
        }
        else if (known.Host != host || known.Port != port)
        {
            await grain.ChangeAsync(new ChangeGateway(null, null, host, port, null, null, null), cancellationToken);
        }

        var gateway = new GatewayOptions
        {
            DataFolder = folder,
            DrainTimeout = s_drain,
            Code = await CodeAsync(folder, grain.CreateCodeAsync, cancellationToken),
            Ready = endPoints => Console.Out.WriteLine("ready headgate-gateway " + string.Join(' ', endPoints)),
        };
        gateway.Listen.Add(listen);
        return gateway;
    }

    private async Task<RepositoryOptions> RepositoryAsync(string storage, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(options.Silo.DataDirectory, "repository");
        var listen = IPEndPoint.Parse(options.RepositoryListen);
        var host = listen.Address.ToString();
        var grain = grains.GetGrain<IRepositoryGrain>(RepositoryId);
        if (await FindAsync(grain.GetAsync, cancellationToken) is not { } known)
        {
            await grain.CreateAsync(new CreateRepository(host, listen.Port), cancellationToken);
        }
        else if (known.Host != host || known.Port != listen.Port)
        {
            await grain.MoveAsync(host, listen.Port, null, cancellationToken);
        }

        return new RepositoryOptions
        {
            DataDirectory = folder,
            StorageDirectory = storage,
            Listen = [listen],
            SessionWait = options.SessionWait,
            MaxSessionsPerTenant = options.MaxSessionsPerTenant,
            SessionBytes = options.SessionBytes,
            Code = await CodeAsync(folder, grain.CreateCodeAsync, cancellationToken),
        };
    }

    private static async Task<string?> CodeAsync(
        string folder, Func<TimeSpan, CancellationToken, Task<EnrolmentSecret>> create, CancellationToken cancellationToken)
    {
        if (ProgramIdentity.TryLoad(folder, out var identity))
        {
            identity.Dispose();
            return null;
        }

        return (await create(s_codeLifetime, cancellationToken)).Code;
    }

    private static async Task<T?> FindAsync<T>(Func<CancellationToken, Task<T>> get, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await get(cancellationToken);
        }
        catch (RefusedException refusal) when (refusal.Reason == RefusalReason.NotFound)
        {
            return null;
        }
    }
}
