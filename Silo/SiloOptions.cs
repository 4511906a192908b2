namespace Headgate.Silo;

/// <summary>How a silo runs.</summary>
public sealed class SiloOptions
{
    /// <summary>Where database and keys are kept. Required.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>
    /// Where the tables are: null or <c>sqlite</c> for <c>headgate.db</c> in <see cref="DataDirectory"/>, <c>postgresql://user@host:port/name</c>, or a connection string of
    /// Npgsql's. A password in it is refused. Default null.
    /// </summary>
    public string? Database { get; set; }

    /// <summary>The database role's password; default none. It stands in no log and no exception.</summary>
    public string? DatabasePassword { get; set; }

    /// <summary>File whose first line is the database role's password; goes before <see cref="DatabasePassword"/>. Read at start. Default none.</summary>
    public string? DatabasePasswordFile { get; set; }

    /// <summary>The SP's zone, such as <c>backup.example.com</c>. Required; every name is made from it.</summary>
    public string Zone { get; set; } = "";

    /// <summary>The name tenants enrol at; default <c>cc.&lt;zone&gt;</c>.</summary>
    public string? PublicName { get; set; }

    /// <summary>The port of the public name; default 6180.</summary>
    public int PublicPort { get; set; } = 6180;

    /// <summary>Where the edge API listens, <c>address:port</c>; default <c>127.0.0.1:6181</c>, port 0 lets the system choose.</summary>
    public string EdgeListen { get; set; } = "127.0.0.1:6181";

    /// <summary>Where gateways and repositories reach the edge API, <c>host:port</c>; default what it listens on.</summary>
    public string? EdgeAddress { get; set; }

    /// <summary>Where the tenant API listens, <c>address:port</c>; default <c>127.0.0.1:6182</c>, port 0 lets the system choose.</summary>
    public string TenantListen { get; set; } = "127.0.0.1:6182";

    /// <summary>Where gateways reach the tenant API, <c>host:port</c>; default what it listens on.</summary>
    public string? TenantAddress { get; set; }

    /// <summary>Connections that the edge API holds at once; default 20,000. More are closed unanswered.</summary>
    public int EdgeMaxConnections { get; set; } = 20_000;

    /// <summary>Of those from one address (IPv6: /64); default 512. A gateway or repository needs two, and more while it renews.</summary>
    public int EdgeMaxConnectionsPerSource { get; set; } = 512;

    /// <summary>Connections that the tenant API and the tenants' site hold at once, each; default 20,000. More are closed unanswered.</summary>
    public int TenantMaxConnections { get; set; } = 20_000;

    /// <summary>Of those from one address (IPv6: /64), as the gateway told it; default 1,000. A whole company may share one.</summary>
    public int TenantMaxConnectionsPerSource { get; set; } = 1_000;

    /// <summary>Where gateways reach the tenants' site, <c>host:port</c>; default what it listens on.</summary>
    public string? SiteAddress { get; set; }
}
