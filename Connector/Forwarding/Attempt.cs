using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Forwarding;

/// <summary>What connections of one attempt use and are recorded in.</summary>
internal sealed record Attempt(RunTicket Ticket, AttemptRecord Record);
