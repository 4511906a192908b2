using System.Net.Sockets;

namespace Headgate.Gateway.Listening;

/// <summary>Sorts errors of accept into tiers.</summary>
internal static class AcceptErrors
{
    public static AcceptError Classify(SocketError error) => error switch
    {
        SocketError.OperationAborted or SocketError.Interrupted or SocketError.Shutdown => AcceptError.Closed,
        SocketError.NotSocket or SocketError.InvalidArgument or SocketError.NotInitialized or SocketError.OperationNotSupported
            or SocketError.AddressFamilyNotSupported => AcceptError.Fatal,
        SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.ProcessLimit or SocketError.NetworkDown
            or SocketError.SystemNotReady => AcceptError.Pressure,
        _ => AcceptError.Peer,
    };
}
