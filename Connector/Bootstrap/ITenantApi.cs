using Headgate.Protocol.Tenant;

namespace Headgate.Connector.Bootstrap;

/// <summary>
/// What the connector asks the provider. Every method throws <c>ProblemException</c> when refused, <see cref="NoGatewayAnswersException"/> when no address
/// answers, and <see cref="Commands.ConnectorFailureException"/> when the provider refuses this machine's certificate.
/// </summary>
internal interface ITenantApi
{
    Task<RunTicket> OpenRunAsync(OpenRunRequest request, CancellationToken token);

    Task<RunTicket> NextAttemptAsync(string job, long run, NextAttemptRequest request, CancellationToken token);

    Task<ProgressAnswer> ReportAsync(string job, long run, ProgressRequest request, CancellationToken token);

    Task<RunSummary> FinishAsync(string job, long run, FinishRequest request, CancellationToken token);

    Task<GatewayList> GatewaysAsync(CancellationToken token);

    Task<TenantStatusAnswer> StatusAsync(CancellationToken token);
}
