// Starts Swagger UI on the element that names the schema.
(function () {
  "use strict";
  var box = document.getElementById("swagger-ui");
  window.SwaggerUIBundle({
    url: box.dataset.schema, domNode: box, presets: [window.SwaggerUIBundle.presets.apis],
    layout: "BaseLayout", deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0
  });
})();
