using System.Net;
using Headgate.Protocol.Services;

namespace Headgate.Repository;

/// <summary>What a cloud repository is started with.</summary>
public sealed record RepositoryOptions
{
    /// <summary>The folder with the program's identity (key, certificate). Required.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The folder that tenants' objects lie in; default <c>storage</c> below the data folder. Temporary files lie in it too, so that a rename never crosses file systems.</summary>
    public string StorageDirectory
    {
        get => field ?? Path.Combine(DataDirectory, "storage");
        init;
    }

    /// <summary>Where to listen for gateways; default port 6183 on every address. Port 0 lets the system choose.</summary>
    public IReadOnlyList<IPEndPoint> Listen { get; init; } = [new(IPAddress.IPv6Any, 6183)];

    /// <summary>An enrolment code, used when the data folder holds no identity yet; null refuses to start then. A secret.</summary>
    public string? Code { get; init; }

    /// <summary>PEM with the SP's own certificate for <c>*.access.&lt;zone&gt;</c> and its intermediates; null takes the authority's.</summary>
    public string? AccessCertificate { get; init; }

    /// <summary>PEM with the key of <see cref="AccessCertificate"/>.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Who is told how this repository fares. Default: nobody.</summary>
    public IServiceManager Manager { get; init; } = ServiceManager.None;

    /// <summary>How long a request may wait for its peer without a byte moving; then its connection is reset. Default 60 s.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a refused upload is read on, so that the answer arrives. Default 5 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long grants and accesses hold when the silo is not heard. Default 15 min.</summary>
    public TimeSpan SilenceTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long an upload waits for room under its tenant's quota that only the silo can grant, while the silo does not answer. Default 60 s.</summary>
    public TimeSpan LeaseTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long running requests may go on after a stop was asked for. Default 10 s.</summary>
    public TimeSpan StopTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Connections at once; more are closed at accept. Default 10000.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>Lock files that a tenant may have here in all, outside its quota, 64 KiB each at most. Default 2000.</summary>
    public int MaxLocksPerTenant { get; init; } = 2000;

    /// <summary>The folders and endpoints only: the code is a secret, and a record would print it.</summary>
    public override string ToString() => $"{DataDirectory} {StorageDirectory} {string.Join(' ', Listen)}";

    /// <summary>restic repositories that a tenant may create here. Default 1000.</summary>
    public int MaxRepositoriesPerTenant { get; init; } = 1000;

    /// <summary>How long a resumable stream waits for its peer when no connection carries it; then it ends. Default 20 min.</summary>
    public TimeSpan SessionWait { get; init; } = TimeSpan.FromMinutes(20);

    /// <summary>Resumable streams that a tenant may have here at once, waiting ones among them; more are refused in words. Default 64.</summary>
    public int MaxSessionsPerTenant { get; init; } = 64;

    /// <summary>
    /// Bytes that resumable streams may hold here in all to send them again. Each may always have 256 KiB, whatever the others hold, so that this is
    /// also how many there may be, and at worst twice as much is held; a stream whose buffer is full waits for its peer. Default 256 MiB.
    /// </summary>
    public long SessionBytes { get; init; } = 256 << 20;
}
