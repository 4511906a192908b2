namespace Headgate.Protocol.Resume;

/// <summary>To whom a session belongs. Both ends know it from the TLS connection and the grant, none of it is sent; every leg's MAC covers it.</summary>
/// <param name="Tenant">The tenant's id.</param>
/// <param name="Connector">The connector's id, from its certificate.</param>
/// <param name="Repository">The repository's id, from its certificate.</param>
/// <param name="ServerName">The server name that the route has, in lower case.</param>
public sealed record ResumeBinding(string Tenant, string Connector, string Repository, string ServerName);
