using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Headgate.Portal;

/// <summary>How one of the two sites runs.</summary>
public sealed class SiteOptions
{
    /// <summary><c>provider</c> or <c>tenants</c>: names the cookie, keeps the sites' secrets apart.</summary>
    public required string Name { get; init; }

    /// <summary>Accounts of this role sign in here, and no others.</summary>
    public required AccountRole Role { get; init; }

    /// <summary>What the browser's tab and the sign-in page call it.</summary>
    public required string Title { get; init; }

    /// <summary>Where it listens; port 0 lets the system choose.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>Sets the listener up: TLS, and what comes before it.</summary>
    public required Action<ListenOptions> ConfigureListener { get; init; }

    /// <summary>Tenants' public name and port, such as <c>cc.backup.example.com:6180</c>, and the zone; for texts.</summary>
    public required string Zone { get; init; }

    /// <summary>What the tenants' site tells tenants of their provider.</summary>
    public ProviderFacts Provider { get; init; } = ProviderFacts.None;

    /// <summary>How long a sign-in lasts; default 12 h.</summary>
    public TimeSpan SessionLifetime { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How often an open page asks whether its session goes on; default 3 s.</summary>
    public TimeSpan SessionCheck { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Attempts to sign in from one address in a minute; default 20.</summary>
    public int SignInsPerMinute { get; init; } = 20;
}
