using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Headgate.Silo.Hosting;

/// <summary>Puts the engine of this edition into a host: Microsoft Orleans.</summary>
/// <remarks>
/// A silo over a database file is alone: its membership is in its own memory, it listens on loopback, and nobody but itself dials it. Silos find each other
/// through a membership table in the database that they share.
/// </remarks>
internal static class EngineHosting
{
    private const int NoClients = 0;

    /// <summary>Adds the engine.</summary>
    public static void UseEngine(this IHostApplicationBuilder builder)
    {
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), NoClients));

        // Orleans logs as an error what storage throws, a lost race and a name that is taken included. Whoever asked is told, and logs what is a fault.
        builder.Logging.AddFilter("Headgate.Silo.Storage.GrainStore", LogLevel.None);
    }

    // The port is part of the silo's identity, so it is settled before anything listens.
    private static int FreePort()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }
}
