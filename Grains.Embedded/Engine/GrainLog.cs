using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Orleans.Engine;

/// <summary>What the engine writes down.</summary>
internal sealed partial class GrainLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Error, "{GrainId} could not be activated")]
    internal partial void ActivationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(2, LogLevel.Error, "{GrainId} failed while it was deactivated")]
    internal partial void DeactivationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(3, LogLevel.Warning, "{GrainId} lost a race for its record and is deactivated")]
    internal partial void LostRace(Exception exception, GrainId grainId);

    [LoggerMessage(4, LogLevel.Warning, "A timer tick of {GrainId} failed")]
    internal partial void TimerTickFailed(Exception exception, GrainId grainId);

    [LoggerMessage(5, LogLevel.Warning, "What {GrainId} does on cancellation failed")]
    internal partial void CancellationFailed(Exception exception, GrainId grainId);

    [LoggerMessage(6, LogLevel.Warning, "The host stopped before {Count} activations had ended")]
    internal partial void StoppedEarly(int count);
}
