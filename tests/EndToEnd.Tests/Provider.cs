using System.Globalization;
using System.Text;
using System.Text.Json;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Tenant;

namespace Headgate.EndToEnd.Tests;

/// <summary>
/// One provider for all tests that leave it as they found it: two gateways, one repository, and two tenants who each have a machine named <c>desk</c> with a
/// restic repository in <c>/desk/</c>. The tests of the collection run one after the other.
/// </summary>
public sealed class Provider : IAsyncLifetime
{
    private int _next;
    private Task<SitesFixture>? _sites;

    internal World World { get; private set; } = null!;

    /// <summary>The tenant who reaches for what is not hers.</summary>
    internal Tenant Acme { get; private set; } = null!;

    internal Machine AcmeDesk { get; private set; } = null!;

    /// <summary>The tenant whose data it is.</summary>
    internal Tenant Beta { get; private set; } = null!;

    internal Machine BetaDesk { get; private set; } = null!;

    internal string AuthorityFile { get; private set; } = "";

    /// <summary>A connector's code with the shortest lifetime there is; good until <see cref="ExpiringCodeEnds"/>.</summary>
    internal string ExpiringCode { get; private set; } = "";

    internal DateTimeOffset ExpiringCodeEnds { get; private set; }

    internal string GatewayAddress => World.AddressOf("gtw1");

    /// <summary>The tenant API through the first gateway, as <paramref name="machine"/>.</summary>
    internal ConnectorApi ApiOf(Machine machine) => new(World, "gtw1", machine.Identity());

    /// <summary>A name that no other test uses.</summary>
    internal string Fresh(string prefix) => prefix + Interlocked.Increment(ref _next).ToString(CultureInfo.InvariantCulture);

    /// <summary>A run of <paramref name="machine"/>'s tenant: its route is open until the test finishes it. One that only reads does not count against the run limit.</summary>
    internal async Task<RunTicket> OpenRunAsync(Machine machine, bool readsOnly = true)
    {
        using var api = ApiOf(machine);
        return await api.OpenRunAsync(Fresh("job"), readsOnly: readsOnly);
    }

    /// <summary>Ends a run.</summary>
    internal async Task FinishAsync(Machine machine, RunTicket ticket)
    {
        using var api = ApiOf(machine);
        await api.FinishAsync(ticket);
    }

    /// <summary>People who are signed in to the sites, for all tests: signing in is limited per address. Tests leave their sessions as they found them.</summary>
    internal Task<SitesFixture> SitesAsync() => _sites ??= SitesFixture.StartAsync(this);

    /// <summary>One GET through the first gateway on a connection of its own.</summary>
    internal Task<Answer> GetAsync(string serverName, ProgramIdentity? identity, string target = "/desk/config", string? host = null) => TlsConnection.AskAsync(
        GatewayAddress, World.PublicPort, serverName, Request("GET", target, host ?? serverName), identity);

    /// <summary>A new access key, once its repository knows it: the command has ended before.</summary>
    internal async Task<JsonElement> AccessKeyAsync(Tenant tenant, params string[] options)
    {
        var key = await tenant.AccessKeyAsync("repo1", options);
        await Tool.UntilAsync(async () => (await GetAsync(key)).Status == 200, "the access key to be known", () => World.Logs);
        return key;
    }

    /// <summary>One GET of <c>/desk/config</c> through the first gateway, with an access key.</summary>
    internal Task<Answer> GetAsync(JsonElement key)
    {
        var name = key.GetProperty("accessName").GetString()!;
        return TlsConnection.AskAsync(GatewayAddress, World.PublicPort, name, Request("GET", "/desk/config", name, Basic(key)));
    }

    /// <summary>An access key as a header line.</summary>
    internal static string Basic(JsonElement key)
    {
        var pair = $"{key.GetProperty("key").GetString()}:{key.GetProperty("secret").GetString()}";
        return $"Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes(pair))}\r\n";
    }

    internal static string Request(string method, string target, string host, string more = "") =>
        $"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n";

    /// <summary>The folder of the repository's storage that holds every tenant's folder.</summary>
    internal string TenantsFolder => Directory.EnumerateDirectories(World.PathOf("repo1"), "tenants", SearchOption.AllDirectories).Single();

    /// <summary>What beta keeps in <c>/desk/config</c>: what an answer to acme must never carry.</summary>
    internal string BetaSecret => ConfigOf("beta");

    internal string AcmeSecret => ConfigOf("acme");

    public async ValueTask InitializeAsync()
    {
        World = await World.StartAsync();
        try
        {
            AuthorityFile = await World.AuthorityFileAsync();
            Acme = await World.AddTenantAsync("acme");
            Beta = await World.AddTenantAsync("beta");
            ExpiringCode = await World.CodeAsync("code", "connector", "acme", "--lifetime", "60s");
            ExpiringCodeEnds = DateTimeOffset.UtcNow.AddSeconds(61);
            AcmeDesk = await Acme.EnrolAsync("desk");
            BetaDesk = await Beta.EnrolAsync("desk");
            await AcmeDesk.InitAsync();
            await BetaDesk.InitAsync();
        }
        catch
        {
            await World.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_sites is { IsCompletedSuccessfully: true })
        {
            (await _sites).Dispose();
        }

        await World.DisposeAsync();
    }

    private string ConfigOf(string tenant) =>
        Encoding.Latin1.GetString(File.ReadAllBytes(Path.Combine(TenantsFolder, tenant, "desk", "config")));
}
