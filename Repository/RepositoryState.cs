using Headgate.Protocol.Services;
using Headgate.Repository.Access;
using Headgate.Repository.Quota;

namespace Headgate.Repository;

/// <summary>How a repository fares, in the words that its service manager shows.</summary>
internal static class RepositoryState
{
    private static readonly TimeSpan s_awayAfter = TimeSpan.FromSeconds(15);

    /// <summary>Of one that has counted its storage; the parts of one that has not are null.</summary>
    public static ServiceState Of(AccessBook? book, ConnectionRegistry? connections, QuotaBook? quotas, CancellationToken stop)
    {
        if (book is null || connections is null)
        {
            return new(IsServing: false, "Counting what is stored.");
        }

        var count = connections.Count;
        var active = count == 1 ? "1 active connection" : $"{count} active connections";
        return (stop.IsCancellationRequested, book.Ready.IsCompleted) switch
        {
            (true, _) => new(false, $"Stopping: {active} left."),
            (false, _) when quotas is { IsSuperseded: true } => new(true, $"{active}; no more uploads: superseded by another process, or fenced by an administrator."),
            (_, false) => new(false, "Waiting for the silo; nobody is served yet."),
            _ => new(true, $"{active}{(book.Silence > s_awayAfter ? "; the silo is not heard" : "")}."),
        };
    }
}
