using Headgate.Protocol.Edge;
using Headgate.Repository.Access;
using Headgate.Repository.Quota;

namespace Headgate.Repository.Edge;

/// <summary>Leases over the edge API.</summary>
internal sealed class EdgeLeases(EdgeSession session, AccessBook book) : ILeases
{
    /// <inheritdoc/>
    public async Task<LeaseAnswer> AskAsync(LeaseRequest request, CancellationToken token)
    {
        var answer = await session.Client.PostAsync<LeaseRequest, LeaseAnswer>(EdgeRoutes.Leases, request, token);
        book.Heard();
        return answer;
    }
}
