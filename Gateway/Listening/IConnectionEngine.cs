using System.Net.Sockets;

namespace Headgate.Gateway.Listening;

/// <summary>Serves connections from accept to close: limits, hello, route, dial, relay. All that it holds is in <see cref="LiveConnections"/>.</summary>
internal interface IConnectionEngine
{
    /// <summary>Completes only by failing: a part of the engine died, and only a new start of the program helps.</summary>
    Task Failed { get; }

    /// <summary>Takes connections from a socket that listens already, and owns it from here on.</summary>
    IListening Serve(Socket listener);
}
