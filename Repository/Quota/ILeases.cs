using Headgate.Protocol.Edge;
using Headgate.Protocol.Problems;

namespace Headgate.Repository.Quota;

/// <summary>The silo, as far as leases go.</summary>
internal interface ILeases
{
    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="HttpRequestException">The silo cannot be reached, or did not answer in time: whether it took the request is not known.</exception>
    /// <exception cref="ProblemException">The silo could not carry it out.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    Task<LeaseAnswer> AskAsync(LeaseRequest request, CancellationToken token);
}
