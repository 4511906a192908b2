using Headgate.Grains;

namespace Headgate.Server.Drills;

internal static partial class DrillLog
{
    [LoggerMessage(2390, LogLevel.Information, "Failover drill {Number}: {State}. {Sentence}")]
    public static partial void Ended(ILogger logger, long number, DrillState state, string sentence);

    [LoggerMessage(2391, LogLevel.Warning, "Failover drills could not be looked after")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(2392, LogLevel.Warning, "Failover drill {Number} could not be told to be alive")]
    public static partial void Unheard(ILogger logger, long number, Exception exception);
}
