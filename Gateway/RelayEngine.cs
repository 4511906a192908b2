namespace Headgate.Gateway;

/// <summary>What moves tenants' bytes.</summary>
public enum RelayEngine
{
    /// <summary>The one of the operating system's own calls where there is one and it works; the managed one otherwise.</summary>
    Auto,

    /// <summary>Linux: event loops on epoll that pass bytes through pipes by splice, from accept to close.</summary>
    Epoll,

    /// <summary>The runtime's asynchronous sockets; works everywhere.</summary>
    Managed,
}
