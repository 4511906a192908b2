namespace Headgate.Gateway;

/// <summary>The gateway cannot start; the message is the sentence for the operator.</summary>
internal sealed class GatewayStartException(string message, Exception? inner = null) : Exception(message, inner);
