using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Jobs;

/// <summary>How a run ended, as long as the provider may not know it.</summary>
/// <param name="Connector">Who ran it, <c>tenant/connector</c>: another enrolment of the machine has nothing to do with it.</param>
/// <param name="Job">The job.</param>
/// <param name="Run">The run's number.</param>
/// <param name="Ended">When, by this machine's clock; of one whose process was killed, its last sign of life.</param>
/// <param name="Request">What the provider is told.</param>
internal sealed record UntoldEnd(string Connector, string Job, long Run, DateTimeOffset Ended, FinishRequest Request);
