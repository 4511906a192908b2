using Microsoft.Extensions.Logging;

namespace Headgate.Portal;

/// <summary>Log messages of the sites; event ids 2700 to 2799.</summary>
internal static partial class PortalLog
{
    [LoggerMessage(2700, LogLevel.Warning, "Reading {Query} for the pages that show it failed; they keep what they show")]
    public static partial void ReadFailed(ILogger logger, Exception exception, string query);

    [LoggerMessage(2701, LogLevel.Error, "A page could not show an answer")]
    public static partial void DeliveryFailed(ILogger logger, Exception exception);

    [LoggerMessage(2702, LogLevel.Warning, "The change log could not be read; pages are updated when it can be again")]
    public static partial void ChangesFailed(ILogger logger, Exception exception);

    [LoggerMessage(2710, LogLevel.Error, "An action of user {User} failed")]
    public static partial void ActionFailed(ILogger logger, Exception exception, string user);

    [LoggerMessage(2711, LogLevel.Warning, "A request from {Source} to {Site} was refused: {Reason}")]
    public static partial void RequestRefused(ILogger logger, string source, string site, string reason);

    [LoggerMessage(2712, LogLevel.Information, "{User} signed in to {Site} from {Source}")]
    public static partial void SignedIn(ILogger logger, string user, string site, string source);

    [LoggerMessage(2713, LogLevel.Warning, "Whether the session of {User} goes on could not be asked; it is asked again")]
    public static partial void SessionUnasked(ILogger logger, Exception exception, string user);
}
