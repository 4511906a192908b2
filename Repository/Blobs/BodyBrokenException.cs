namespace Headgate.Repository.Blobs;

/// <summary>The request's body did not arrive whole: the peer's doing or the network's, not the disk's.</summary>
internal sealed class BodyBrokenException(string message, Exception inner) : Exception(message, inner);
