using System.Text.Json;
using System.Text.Json.Serialization;
using Headgate.Protocol.Edge;
using Headgate.Protocol.Enrolment;
using Headgate.Protocol.Problems;
using Headgate.Protocol.Tenant;

namespace Headgate.Protocol;

/// <summary>How the API records look on the wire: camelCase, enums by name, nulls left out, unknown members skipped.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NameReference))]
[JsonSerializable(typeof(RelayTarget))]
[JsonSerializable(typeof(GatewayRoute))]
[JsonSerializable(typeof(WantedStateChange))]
[JsonSerializable(typeof(GatewaySnapshot))]
[JsonSerializable(typeof(GatewayHeartbeat))]
[JsonSerializable(typeof(GatewayHeartbeatAnswer))]
[JsonSerializable(typeof(GatewayKey))]
[JsonSerializable(typeof(RunGrant))]
[JsonSerializable(typeof(AccessGrant))]
[JsonSerializable(typeof(TenantQuota))]
[JsonSerializable(typeof(RepositorySnapshot))]
[JsonSerializable(typeof(RepositoryHeartbeat))]
[JsonSerializable(typeof(RepositoryHeartbeatAnswer))]
[JsonSerializable(typeof(RecountWanted))]
[JsonSerializable(typeof(LeaseRequest))]
[JsonSerializable(typeof(LeaseAnswer))]
[JsonSerializable(typeof(SnapshotReport))]
[JsonSerializable(typeof(AccessReport))]
[JsonSerializable(typeof(EnrolmentRequest))]
[JsonSerializable(typeof(RenewalRequest))]
[JsonSerializable(typeof(EnrolmentAnswer))]
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(GatewayList))]
[JsonSerializable(typeof(OpenRunRequest))]
[JsonSerializable(typeof(RunTicket))]
[JsonSerializable(typeof(NextAttemptRequest))]
[JsonSerializable(typeof(ProgressRequest))]
[JsonSerializable(typeof(ProgressAnswer))]
[JsonSerializable(typeof(FinishRequest))]
[JsonSerializable(typeof(RunSummary))]
[JsonSerializable(typeof(TenantStatusAnswer))]
[JsonSerializable(typeof(PlansRequest))]
[JsonSerializable(typeof(PlansAnswer))]
[JsonSerializable(typeof(JobStatus))]
[JsonSerializable(typeof(ResticRepositoryList))]
[JsonSerializable(typeof(SnapshotOriginsRequest))]
[JsonSerializable(typeof(SnapshotOriginsAnswer))]
public sealed partial class ProtocolJson : JsonSerializerContext;
